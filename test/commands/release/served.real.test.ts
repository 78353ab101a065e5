import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { and, type Command } from '../../../src/commands/core/command.ts';
import { noteServed, servedLines } from '../../../src/commands/release/served.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

for (const shell of ['dash', 'bash', 'busybox'] as const) {
  describe(`commands/served: by ${shell}`, () => {
    before(needs(shell));
    const temp = tempFolder();
    let path = '';
    const run = (command: Command, limit = ''): { code: number | null; stderr: string } => {
      const { status, stderr } = spawnSync(
        '/bin/sh',
        ['-c', `${limit} exec sh -c "$1"`, 'x', toShell(command)],
        {
          encoding: 'utf8',
          env: { PATH },
        },
      );
      return { code: status, stderr };
    };
    let PATH = '';
    before(() => (PATH = pathOf(temp(), shell)));
    beforeEach(() => {
      path = mkdtempSync(join(temp(), "a server's "));
      mkdirSync(join(path, '.canopy'));
    });
    const file = (): string => join(path, '.canopy/served');
    const read = (): string[] => readFileSync(file(), 'utf8').split('\n');

    it('begins the record, and adds to it', () => {
      expect(
        run(and(noteServed(path, '1 1 on all r1 -'), noteServed(path, '2 2 on all r2 r1'))).code,
      ).to.equal(0);
      expect(read()).to.deep.equal(['1 1 on all r1 -', '2 2 on all r2 r1', '']);
      expect(readdirSync(join(path, '.canopy'))).to.deep.equal(['served']);
      expect(statSync(file()).mode & 0o777).to.equal(0o600);
    });

    it('keeps the last lines alone', () => {
      writeFileSync(file(), Array.from({ length: 200 }, (_, at) => `line ${at}\n`).join(''));
      expect(run(noteServed(path, 'new')).code).to.equal(0);
      expect(read()).to.have.length(servedLines + 1);
      expect([read()[0], read().at(-2)]).to.deep.equal([`line ${201 - servedLines}`, 'new']);
    });

    it('adds a line of its own to one that was cut off', () => {
      writeFileSync(file(), '1 1 on all r1 -\n2 2 on');
      expect(run(noteServed(path, 'new')).code).to.equal(0);
      expect(read()).to.deep.equal(['1 1 on all r1 -', '2 2 on', 'new', '']);
    });

    it('fails, and leaves the record as it was, when there is no room', () => {
      const old = `${'x'.repeat(3000)}\n`;
      writeFileSync(file(), old);
      // A file of more than 2 blocks cannot be written then; what goes beyond is an error and no signal.
      const ran = run(noteServed(path, 'new'), "trap '' XFSZ; ulimit -f 2;");
      expect(ran.code).not.to.equal(0);
      expect(readFileSync(file(), 'utf8')).to.equal(old);
    });

    it('fails where something else stands in its place', () => {
      mkdirSync(file());
      expect(run(noteServed(path, 'new')).code).not.to.equal(0);
      expect(readdirSync(file())).to.deep.equal([]);
    });
  });
}
