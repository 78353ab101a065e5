import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv } from '../../../src/commands/core/command.ts';
import { after as later } from '../../../src/commands/core/delayed.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

const shells = ['sh', 'dash', 'bash', 'busybox'];

for (const shell of shells) {
  describe(`a command that comes later: by ${shell}`, () => {
    before(needs('flock', 'setsid', shell));
    const folder = tempFolder();
    /** An application on which the token is 5, and a command that leaves a mark in a second. */
    const begun = (token: number): { path: string; mark: string } => {
      const own = mkdtempSync(join(folder(), 'place-'));
      const [path, mark] = [join(own, "it's here"), join(own, 'mark')];
      mkdirSync(join(path, '.canopy'), { recursive: true });
      writeFileSync(join(path, '.canopy/token'), '5\n');
      const text = toShell(later(path, token, 1000, argv('touch', mark)));
      const ran = spawnSync(shell, [...(shell === 'busybox' ? ['sh'] : []), '-c', text], {
        encoding: 'utf8',
      });
      expect([ran.status, ran.stdout, ran.stderr]).to.deep.equal([0, '', '']);
      expect(existsSync(mark)).to.equal(false);
      return { path, mark };
    };
    const ended = (mark: string): Promise<unknown> =>
      waitFor('its process to end', () => !words().some((one) => one.includes(mark)));

    it('runs when nobody waits any more', async () => {
      const { mark } = begun(5);
      await waitFor('the mark', () => existsSync(mark));
      await ended(mark);
    });
    it('does nothing once a newer deploy has come', async () => {
      const { path, mark } = begun(5);
      writeFileSync(join(path, '.canopy/token'), '6\n');
      await ended(mark);
      expect(existsSync(mark)).to.equal(false);
    });
    it('makes nothing anew where the application is gone', async () => {
      const { path, mark } = begun(5);
      rmSync(path, { recursive: true });
      await ended(mark);
      expect([existsSync(mark), existsSync(path)]).to.deep.equal([false, false]);
    });
  });
}

/** The command lines of all processes. */
function words(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8');
      } catch {
        // It has ended in between.
        return '';
      }
    });
}
