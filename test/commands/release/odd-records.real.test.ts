import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv } from '../../../src/commands/core/command.ts';
import { readFacts } from '../../../src/commands/release/facts.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

const unit = (name: string): string =>
  JSON.stringify({ release: 'r', service: { kind: 'systemd', unit: name } }, null, 2);

for (const shell of ['dash', 'bash', 'busybox'] as const) {
  describe(`commands/facts: records of releases, by ${shell}`, () => {
    before(needs(shell, 'mkfifo'));
    const temp = tempFolder();
    let PATH = '';
    let path = '';
    before(() => (PATH = pathOf(temp(), shell)));
    beforeEach(() => {
      path = mkdtempSync(join(temp(), "a server's "));
      put('r1', `${unit('one')}\n`);
      put('r2', `${unit('two')}\n`);
    });
    function put(id: string, record: string): string {
      const folder = join(path, 'releases', id, '.canopy');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'release.json'), record);
      writeFileSync(join(folder, 'files'), `${id}\n`);
      return folder;
    }
    function facts(): InstanceFacts {
      const command = readFacts({
        path,
        shared: ['.env'],
        status: argv('true'),
        bare: argv('false'),
        journal: true,
      });
      const { stdout, stderr, signal } = spawnSync(
        '/bin/sh',
        ['-c', `exec sh -c "$1"`, 'x', toShell(command)],
        {
          encoding: 'utf8',
          env: { PATH },
          timeout: 20_000,
        },
      );
      expect([signal, stderr]).to.deep.equal([null, '']);
      const read = parseFacts(stdout);
      if (read === null) throw new Error(stdout);
      return read;
    }
    const units = ({ services }: InstanceFacts): string[] =>
      Object.entries(services).map(([id, kept]) => `${id} ${'unit' in kept ? kept.unit : kept.kind}`);

    it('are read, each in one line', () => {
      const found = facts();
      expect(units(found)).to.deep.equal(['r1 one', 'r2 two']);
      expect([Object.keys(found.lists), found.unshared]).to.deep.equal([['r1', 'r2'], ['.env']]);
    });

    it('are not opened where something else has their name', () => {
      for (const name of ['release.json', 'files']) {
        rmSync(join(path, 'releases/r1/.canopy', name));
        expect(spawnSync('mkfifo', [join(path, 'releases/r1/.canopy', name)]).status).to.equal(0);
      }
      mkdirSync(join(path, 'releases/r0/.canopy/release.json'), { recursive: true });
      mkdirSync(join(path, 'releases/r0/.canopy/files'));
      mkdirSync(join(path, '.canopy'));
      expect(spawnSync('mkfifo', [join(path, '.canopy/journal')]).status).to.equal(0);
      symlinkSync('/dev/zero', join(put('r3', ''), 'nothing'));
      const found = facts();
      expect(units(found)).to.deep.equal(['r2 two']);
      expect(Object.keys(found.lists)).to.deep.equal(['r2', 'r3']);
    });

    it('take no more room than there is, and push nothing out', () => {
      put('r1', `{ "a": "${'x'.repeat(50_000)}" }\n`);
      for (let at = 10; at < 60; at += 1) put(`r${at}`, `{ "a": "${'x'.repeat(15_000)}" }\n`);
      const found = facts();
      expect([found.releases.length, Object.keys(found.lists).length]).to.deep.equal([52, 52]);
      put('a=b', unit('assigned'));
      expect(units(facts())).not.to.include('r1 one');
    });

    it('hold what they like: tabs, lines, other words', () => {
      put('r1', '{\t"release":\n"end\tfacts",\r\n"service": { "kind": "systemd",\n\n"unit": "one" } }');
      put('r3', 'x\nrunning\tyes\nend\tfacts\n');
      const found = facts();
      expect([units(found), found.running]).to.deep.equal([['r1 one', 'r2 two'], false]);
    });
  });
}
