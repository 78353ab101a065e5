/** The once hook, and hooks of a dry run, on a real sshd and on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { thrown } from '../../support/thrown.ts';
import { hookGround, read, release } from './hook-ground.ts';

describe('once and dry run of hooks', () => {
  const { log, run, here, journal, id, path, folder } = hookGround();
  for (const on of ['instance', 'agent'] as const) {
    it(`once: a second time is skipped, and said: on the ${on}`, async () => {
      const ran = join(folder(), 'ran');
      await run('once', `echo ran >> '${ran}'`, { on });
      expect(read(join(path(), `.canopy/once-${release}`))).to.equal(`${id()}\n`);
      await run('once', `echo ran >> '${ran}'`, { on });
      expect(read(ran)).to.equal('ran\n');
      expect(log.lines).to.include(`info web-1 once has run already for ${release}`);
      expect(journal()).to.deep.equal(['once begin', 'once done', 'once begin', 'once done']);
    });

    it(`once: one that failed, or was ended, runs again: on the ${on}`, async function () {
      this.timeout(30_000);
      const ran = join(folder(), 'ran');
      const counted = (lines: string): string => `echo ran >> '${ran}'; ${lines}`;
      expect((await thrown(run('once', counted('exit 3'), { on }))).code).to.equal('hook-failed');
      expect((await thrown(run('once', counted('sleep 60'), { on, timeoutMs: 500 }))).code).to.equal(
        'hook-late',
      );
      await run('once', counted('true'), { on });
      expect(read(ran)).to.equal('ran\nran\nran\n');
    });

    it(`a dry run runs nothing and tells what it would: on the ${on}`, async () => {
      for (const kind of ['once', 'after', 'failure'] as const)
        await run(kind, 'touch ran', { on, dry: true });
      expect([existsSync(join(folder(), 'ran')), existsSync(here('ran')), journal()]).to.deep.equal([
        false,
        false,
        [],
      ]);
      expect(existsSync(join(path(), '.canopy'))).to.equal(false);
      const told = log.lines.join('\n');
      for (const kind of ['once', 'after', 'failure'])
        expect(told).to.match(new RegExp(`would run the ${kind} hook`));
      expect(told).to.contain('touch ran');
    });
  }
});
