import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readFacts } from '../../src/commands/facts.ts';
import * as release from '../../src/commands/release.ts';
import { argv, type Command } from '../../src/commands/command.ts';
import { toShell } from '../../src/commands/shell.ts';
import { parseFacts } from '../../src/deploy/facts.ts';
import { tempFolder } from '../support/temp.ts';

const sh = (command: Command, input?: Buffer) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', toShell(command)], {
    input: input ?? Buffer.alloc(0),
  });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
};

describe('release commands on a real sh', () => {
  const temp = tempFolder();
  let path = '';
  let archive = Buffer.alloc(0);
  let sha256 = '';
  const received = (id: string, over: Partial<release.Received> = {}): release.Received => ({
    path,
    id,
    sha256,
    record: '{"release":"x"}\n',
    env: 'A="b"\n',
    shared: [],
    ...over,
  });

  before(() => {
    const tree = join(temp(), 'tree');
    mkdirSync(join(tree, 'dist'), { recursive: true });
    writeFileSync(join(tree, 'dist/app.js'), 'app');
    archive = spawnSync('tar', ['-czf', '-', '-C', tree, '.'], { maxBuffer: 1 << 26 }).stdout;
    sha256 = createHash('sha256').update(archive).digest('hex');
  });
  let number = 0;
  beforeEach(() => (path = join(temp(), `it's srv ${(number += 1)}`, 'shop')));

  it('receives, verifies and unpacks, and leaves nothing else behind', () => {
    expect(sh(release.receive(received('r1')), archive)).to.deep.include({ code: 0, err: '' });
    expect(readFileSync(join(path, 'releases/r1/dist/app.js'), 'utf8')).to.equal('app');
    expect(lstatSync(join(path, 'releases/r1/.canopy/env')).mode & 0o777).to.equal(0o600);
    expect(readdirSync(join(path, 'releases'))).to.deep.equal(['r1']);
    expect(readdirSync(join(path, '.canopy'))).to.deep.equal([]);
  });

  for (const [what, bytes, wanted] of [
    ['with another hash', () => Buffer.concat([archive, Buffer.from('x')]), 'hash mismatch'],
    ['that is cut', () => archive.subarray(0, archive.length - 20), 'hash mismatch'],
    ['that is empty', () => Buffer.alloc(0), 'hash mismatch'],
  ] as const) {
    it(`refuses an archive ${what}, and removes it`, () => {
      const ran = sh(release.receive(received('r1')), bytes());
      expect(ran.code).to.equal(65);
      expect(ran.err).to.contain(wanted);
      expect(readdirSync(join(path, 'releases'))).to.deep.equal([]);
      expect(readdirSync(join(path, '.canopy'))).to.deep.equal([]);
    });
  }

  it('links shared files and folders from anywhere in the tree', () => {
    mkdirSync(join(path, 'shared/config'), { recursive: true });
    writeFileSync(join(path, 'shared/config/app.env'), 'secret');
    expect(
      sh(release.receive(received('r1', { shared: ['config/app.env', 'uploads/', 'dist/cache/'] })), archive)
        .code,
    ).to.equal(0);
    expect(readFileSync(join(path, 'releases/r1/config/app.env'), 'utf8')).to.equal('secret');
    expect(lstatSync(join(path, 'releases/r1/uploads')).isSymbolicLink()).to.equal(true);
    writeFileSync(join(path, 'releases/r1/dist/cache/a'), 'kept');
    expect(readFileSync(join(path, 'shared/dist/cache/a'), 'utf8')).to.equal('kept');
  });

  it('fails when a shared file is missing, and puts no release in place', () => {
    const ran = sh(release.receive(received('r1', { shared: ['.env'] })), archive);
    expect(ran.code).to.equal(1);
    expect(ran.err).to.contain('no such file');
    expect(existsSync(join(path, 'releases/r1'))).to.equal(false);
  });

  it('switches by one rename, and to none', () => {
    for (const id of ['r1', 'r2']) expect(sh(release.receive(received(id)), archive).code).to.equal(0);
    for (const id of ['r1', 'r2', 'r1']) {
      expect(sh(release.switchTo({ path, id })).code).to.equal(0);
      expect(readlinkSync(join(path, 'current'))).to.equal(`releases/${id}`);
    }
    expect(sh(release.switchToNone(path)).code).to.equal(0);
    expect(existsSync(join(path, 'current'))).to.equal(false);
  });

  it('never deletes the release that runs, whatever it is asked', () => {
    for (const id of ['r1', 'r2', 'r3']) sh(release.receive(received(id)), archive);
    sh(release.switchTo({ path, id: 'r2' }));
    mkdirSync(join(path, 'releases/.r9.partial'));
    expect(sh(release.prune(path, ['r1', 'r2'])).code).to.equal(0);
    expect(readdirSync(join(path, 'releases')).sort()).to.deep.equal(['r2', 'r3']);
  });

  it('runs a command in a release with its environment, whatever the values are', () => {
    const values = { PLAIN: 'x', HARD: 'a "b" $HOME `id` \\n \'c\' é #' };
    sh(release.receive(received('r1', { env: release.envFile(values) })), archive);
    const ran = sh(
      release.inRelease({ path, id: 'r1' }, ['printf "%s|%s|%s" "$PLAIN" "$HARD" "$(basename "$PWD")"']),
    );
    expect(ran.out).to.equal(`x|${values.HARD}|r1`);
    expect(sh(release.inRelease({ path, id: 'r1' }, ['false', 'echo not reached'])).out).to.equal('');
  });

  it('reads facts and changes nothing', () => {
    const ask = (): ReturnType<typeof parseFacts> => {
      const ran = sh(readFacts({ path, shared: ['.env', 'uploads/'], status: argv('true') }));
      expect(ran.code).to.equal(0);
      return parseFacts(ran.out);
    };
    expect(ask()).to.deep.include({
      current: null,
      releases: [],
      running: false,
      unshared: ['.env'],
      readonly: null,
      lacks: [],
    });
    expect(existsSync(path)).to.equal(false);
    sh(release.receive(received('r1')), archive);
    sh(release.receive(received('r2')), archive);
    sh(release.markHealthy({ path, id: 'r1' }, 1234));
    sh(release.switchTo({ path, id: 'r1' }));
    expect(ask()).to.deep.include({
      current: 'r1',
      running: true,
      releases: [
        { id: 'r1', healthyAt: 1234 },
        { id: 'r2', healthyAt: null },
      ],
    });
  });
});
