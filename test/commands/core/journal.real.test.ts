import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { and, argv, inside, type Command } from '../../../src/commands/core/command.ts';
import { fenced } from '../../../src/commands/core/fence.ts';
import { appendJournal, trimJournal } from '../../../src/commands/core/journal.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';

const line = { deploy: "it's\n\\n", action: 'stage', release: '$(id)', state: 'begin' };

for (const shell of ['dash', 'bash', 'busybox']) {
  describe(`commands/journal: by ${shell}`, () => {
    before(needs(shell));
    const temp = tempFolder();
    const run = (command: Command): { code: number | null; stdout: string; stderr: string } => {
      const words = shell === 'busybox' ? ['sh', '-c'] : ['-c'];
      const { status, stdout, stderr } = spawnSync(shell, [...words, toShell(command)], { encoding: 'utf8' });
      return { code: status, stdout, stderr };
    };
    const place = (): string => {
      const path = mkdtempSync(join(temp(), "a server's "));
      mkdirSync(join(path, '.canopy'));
      return path;
    };
    const read = (path: string): string[] =>
      readFileSync(join(path, '.canopy/journal'), 'utf8').trimEnd().split('\n');

    it('adds a line with the time, whatever it holds, and changes nothing of its caller', () => {
      const path = place();
      expect(run(and(appendJournal(path, line), appendJournal(path, line))).code).to.equal(0);
      const lines = read(path);
      expect(lines).to.have.length(2);
      const [, time, json] = /^(\S+) (.*)$/.exec(lines[1] ?? '') ?? [];
      expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(JSON.parse(json ?? '')).to.deep.equal(line);
    });

    it('tells the time by when the command below the fence began', () => {
      const path = place();
      const began = 'began=2026-01-01T00:00:00Z';
      const now = 'read -r up rest < /proc/uptime';
      expect(run(inside(`${began} up=0.5; body`, [], appendJournal(path, line))).code).to.equal(0);
      expect(
        run(inside(`${began}; ${now}; up=$((\${up%.*} - 75)).99; body`, [], appendJournal(path, line))).code,
      ).to.equal(0);
      const times = read(path).map((text) => text.split(' ')[0]);
      const up = Math.floor(uptime());
      expect(times[0]).to.match(/^2026-01-01T00:00:00Z\+\d+s$/);
      expect(Number(times[0]?.slice(21, -1))).to.be.within(up - 60, up);
      expect(times[1]).to.match(/^2026-01-01T00:00:00Z\+7[5-9]s$/);
      expect(run(fenced(path, 1, appendJournal(path, line), { waitSeconds: 1 })).code).to.equal(0);
      expect(read(path)[2]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(\+\d+s)? \{/);
    });

    it('says that it cannot be written, and lets the rest go on', () => {
      const path = join(temp(), 'nowhere');
      const { code, stdout, stderr } = run(and(appendJournal(path, line), argv('echo', 'ran')));
      expect([code, stdout]).to.deep.equal([0, 'ran\n']);
      expect(stderr).to.match(/^canopy: .* is not noted in .*nowhere\/\.canopy\/journal$/m);
    });

    for (const [count, left] of [
      [0, 0],
      [3999, 3999],
      [4000, 2000],
      [4001, 2000],
    ] as const)
      it(`has ${left} lines of ${count} left after a trim, the newest`, () => {
        const path = place();
        const lines = Array.from({ length: count }, (_, at) => `line ${at}\n`);
        if (count > 0) writeFileSync(join(path, '.canopy/journal'), lines.join(''));
        expect(run(trimJournal(path)).code).to.equal(0);
        expect(readdirSync(join(path, '.canopy'))).to.deep.equal(count > 0 ? ['journal'] : []);
        if (count > 0) expect(read(path)).to.deep.equal(lines.slice(-left).map((text) => text.trim()));
      });
  });
}
