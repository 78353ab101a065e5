import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, script, type Command } from '../../../src/commands/core/command.ts';
import { readFacts } from '../../../src/commands/release/facts.ts';
import { askOnce, markOnce, once, onceDone } from '../../../src/commands/release/once.ts';
import { prune } from '../../../src/commands/release/release-folder.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { hasRunOnce, parseFacts } from '../../../src/deploy/model/facts.ts';
import { tempFolder } from '../../support/temp.ts';

const sh = (command: Command) => {
  const { status, stdout } = spawnSync('sh', ['-c', toShell(command)], { encoding: 'utf8' });
  return { code: status, out: stdout };
};

describe('the mark of a once hook', () => {
  const temp = tempFolder();
  let path = '';
  let count = 0;
  beforeEach(() => {
    path = join(temp(), `it's srv ${(count += 1)}`);
    mkdirSync(join(path, '.canopy'), { recursive: true });
  });
  const release = (id = 'r1') => ({ path, id });
  const facts = () =>
    parseFacts(sh(readFacts({ path, shared: [], status: argv('true'), bare: argv('false') })).out);

  it('is written when the command succeeded, and keeps it from running again', () => {
    const command = script('echo ran >> "$1"', join(path, 'ran'));
    expect(sh(once(release(), 'd1', command))).to.deep.equal({ code: 0, out: '' });
    expect(readFileSync(join(path, '.canopy/once-r1'), 'utf8')).to.equal('d1\n');
    expect(sh(once(release(), 'd2', command))).to.deep.equal({
      code: 0,
      out: 'once has run already for r1\n',
    });
    expect(sh(once(release('r2'), 'd3', command)).out).to.equal('');
    expect(readFileSync(join(path, 'ran'), 'utf8')).to.equal('ran\nran\n');
    expect(readFileSync(join(path, '.canopy/once-r1'), 'utf8')).to.equal('d1\n');
  });

  it('is not written when the command failed, whose code is handed on', () => {
    expect(sh(once(release(), 'd1', argv('sh', '-c', 'exit 7'))).code).to.equal(7);
    expect(readdirSync(join(path, '.canopy'))).to.deep.equal([]);
  });

  it('is not believed when it is empty: the disk was full', () => {
    writeFileSync(join(path, '.canopy/once-r1'), '');
    expect(sh(askOnce(release())).out).to.equal('');
    expect(facts()?.once).to.deep.equal([]);
  });

  it('is asked for and written apart, when the command runs elsewhere', () => {
    expect(sh(askOnce(release())).out).to.equal('');
    expect(sh(markOnce(release(), 'd1')).code).to.equal(0);
    expect(sh(askOnce(release())).out.trim()).to.equal(onceDone(release()));
    expect(sh(askOnce(release('r'))).out).to.equal('');
  });

  it('is told among the facts; so is that of a release which is gone, and nothing that is no release', () => {
    for (const id of ['r1', '20261121093000-1a2b3c4-9f8e7d']) sh(markOnce(release(id), 'd1'));
    writeFileSync(join(path, '.canopy/once-..'), 'x');
    writeFileSync(join(path, '.canopy/once-a b'), 'x');
    expect(facts()?.once).to.have.members(['r1', '20261121093000-1a2b3c4-9f8e7d']);
  });

  it('goes with its release', () => {
    for (const id of ['r1', 'r2']) {
      mkdirSync(join(path, 'releases', id, '.canopy'), { recursive: true });
      writeFileSync(join(path, 'releases', id, '.canopy/release.json'), '{}');
      sh(markOnce(release(id), 'd1'));
    }
    expect(sh(prune(path, ['r1'])).code).to.equal(0);
    expect(readdirSync(join(path, '.canopy'))).to.deep.equal(['once-r2']);
    expect(existsSync(join(path, 'releases/r2'))).to.equal(true);
  });
});

describe('whether once has run', () => {
  const given = (over: object) => {
    const found = parseFacts('canopy\tfacts\nend\tfacts\n');
    if (found === null) throw new Error('no facts');
    return hasRunOnce({ ...found, ...over }, 'r1');
  };
  it('is told by the mark', () => {
    expect([given({}), given({ once: ['r1'] }), given({ once: ['r10'] })]).to.deep.equal([
      false,
      true,
      false,
    ]);
  });
  it('is told by a release that was healthy, not by one that only arrived', () => {
    expect(given({ releases: [{ id: 'r1', healthyAt: 5 }] })).to.equal(true);
    expect(given({ releases: [{ id: 'r1', healthyAt: null }] })).to.equal(false);
    expect(given({ releases: [{ id: 'r2', healthyAt: 5 }] })).to.equal(false);
  });
});
