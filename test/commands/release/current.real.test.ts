import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, type Command } from '../../../src/commands/core/command.ts';
import { replace, stillRuns, switchTo } from '../../../src/commands/release/current-link.ts';
import { readFacts } from '../../../src/commands/release/facts.ts';
import { prune } from '../../../src/commands/release/release-folder.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

for (const shell of ['dash', 'bash', 'busybox'] as const) {
  describe(`commands/current: by ${shell}`, () => {
    before(needs(shell));
    const temp = tempFolder();
    let PATH = '';
    let path = '';
    before(() => (PATH = pathOf(temp(), shell)));
    beforeEach(() => {
      path = mkdtempSync(join(temp(), "a server's "));
      for (const name of ['.canopy', 'old', 'releases/r1/.canopy', 'releases/r2/.canopy', 'releases/foreign'])
        mkdirSync(join(path, name), { recursive: true });
      for (const id of ['r1', 'r2']) writeFileSync(join(path, 'releases', id, '.canopy/release.json'), '{}');
    });
    const run = (command: Command): { code: number | null; stdout: string; stderr: string } => {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', toShell(command)], {
        encoding: 'utf8',
        env: { PATH },
      });
      return { code: status, stdout, stderr };
    };
    const link = (text: string): void => symlinkSync(text, join(path, 'current'));
    const linked = (): string => readlinkSync(join(path, 'current'));
    const take = (name: string | null) => run(replace(path, { name, served: null }));
    const facts = () =>
      parseFacts(run(readFacts({ path, shared: [], status: argv('true'), bare: argv('false') })).stdout);

    for (const text of ['old', './old', '../LAST/old', 'releases/foreign', 'releases//foreign'])
      it(`puts a link back to the byte: ${text}`, () => {
        const own = text.replace('LAST', path.split('/').at(-1) ?? '');
        link(own);
        const { current, foreign } = facts() ?? { current: null, foreign: [] };
        expect(foreign.map(({ id }) => id)).to.deep.equal([current]);
        expect(take(current)).to.deep.include({ code: 0, stderr: '' });
        expect(run(switchTo({ path, id: 'r1' })).code).to.equal(0);
        expect(linked()).to.equal('releases/r1');
        expect(facts()?.foreign.map(({ id }) => id)).to.deep.equal([current]);
        const back = { path, id: current ?? '', foreign: true };
        expect(run(switchTo(back)).code).to.equal(0);
        expect(linked()).to.equal(own);
        expect(run(stillRuns(back, argv('true'))).code).to.equal(0);
        expect(facts()).to.deep.include({ current });
      });

    it('puts an absolute link to a release of ours back as it was, and forgets it when ours has come', () => {
      link(`${path}/releases/r1`);
      expect(facts()).to.deep.include({ current: 'r1', foreign: [] });
      take('r1');
      run(switchTo({ path, id: 'r2' }));
      run(switchTo({ path, id: 'r1' }));
      expect(linked()).to.equal(`${path}/releases/r1`);
      rmSync(join(path, 'current'));
      link('releases/r1');
      take('r1');
      run(switchTo({ path, id: 'r2' }));
      run(switchTo({ path, id: 'r1' }));
      expect(linked()).to.equal('releases/r1');
    });

    it('leaves a link alone that it has not replaced', () => {
      link(`${path}/old`);
      expect(run(switchTo({ path, id: 'old', foreign: true })).code).to.equal(0);
      expect(linked()).to.equal(`${path}/old`);
    });

    it('makes no link to what is gone', () => {
      link('old');
      take('old');
      run(switchTo({ path, id: 'r1' }));
      rmSync(join(path, 'old'), { recursive: true });
      const ran = run(switchTo({ path, id: 'old', foreign: true }));
      expect([ran.code, linked()], ran.stderr).to.deep.equal([1, 'releases/r1']);
      expect(ran.stderr).to.contain('old is gone');
      expect(facts()?.foreign).to.deep.equal([]);
    });

    it('replaces nothing that has changed since it was looked at', () => {
      expect(take('old').code).to.equal(1);
      expect(take(null).code).to.equal(0);
      mkdirSync(join(path, 'current'));
      for (const name of [null, 'old']) expect(take(name).stderr).to.contain('has changed since');
    });

    it('prunes what Canopy put there, whatever the link to the present one looks like, and nothing else', () => {
      link(`${path}/releases/r1`);
      expect(run(prune(path, ['r1', 'r2', 'foreign', 'gone'])).code).to.equal(0);
      expect(['r1', 'r2', 'foreign'].map((id) => existsSync(join(path, 'releases', id)))).to.deep.equal([
        true,
        false,
        true,
      ]);
    });

    it('tells what stands in the place of something else', () => {
      rmSync(join(path, 'releases'), { recursive: true });
      writeFileSync(join(path, 'releases'), '');
      symlinkSync('nowhere', join(path, 'shared'));
      mkdirSync(join(path, '.canopy/lock'));
      link('gone');
      const odd = facts()?.odd.map(({ what, name }) => `${what} ${name}`);
      expect(odd).to.have.members([
        'file releases',
        'dangling shared',
        'folder .canopy/lock',
        'dangling current',
      ]);
    });

    it('tells that something serves without a link, and believes no line in a name', () => {
      const serving = run(readFacts({ path, shared: [], status: argv('true'), bare: argv('true') })).stdout;
      expect(parseFacts(serving)?.odd).to.deep.equal([{ what: 'serving', name: 'current' }]);
      mkdirSync(join(path, 'x\nrunning\tyes\ntoken\t9'));
      link('x\nrunning\tyes\ntoken\t9');
      const told = parseFacts(
        run(readFacts({ path, shared: [], status: argv('false'), bare: argv('false') })).stdout,
      );
      expect(told).to.include({ running: false, token: 0 });
      expect(take(told?.current ?? null).code).to.equal(0);
      run(switchTo({ path, id: 'r1' }));
      run(switchTo({ path, id: told?.current ?? '', foreign: true }));
      expect(linked()).to.equal('x\nrunning\tyes\ntoken\t9');
      expect(readFileSync(join(path, 'releases/r1/.canopy/release.json'), 'utf8')).to.equal('{}');
    });
  });
}
