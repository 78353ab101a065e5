import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { begin, build, lay, release, run } from './support.ts';

const done = '{"step":"deploy","exit":0}';

describe('delivery: run.sh', function () {
  this.timeout(60_000);
  before(needs('sh', 'tar', 'sha256sum'));
  const temp = tempFolder();
  let folder = '';
  let env: Record<string, string> = {};
  let nth = 0;
  beforeEach(() => {
    folder = join(temp(), `case ${++nth}`);
    fs.mkdirSync(join(folder, 'home'), { recursive: true });
    env = release(folder, '1.2.3');
  });
  const cached = (base = join(folder, 'home/.cache/canopy')): string =>
    join(base, `1.2.3-${env['CANOPY_RUN_SHA256']?.slice(0, 12)}`);

  it('asks for the archive, unpacks it once, then runs without it', async () => {
    const asked = await run(folder, { ...env, CANOPY_RUN_ARCHIVE: undefined });
    expect(asked).to.include({ code: 79, answer: 'archive wanted\n' });
    const first = await run(folder, env);
    expect(first).to.include({ code: 0, answer: done });
    expect(fs.statSync(cached()).mode & 0o777).to.equal(0o700);
    expect(await run(folder, { ...env, CANOPY_RUN_ARCHIVE: undefined })).to.include({
      code: 0,
      answer: done,
    });
    expect(fs.readdirSync(join(folder, 'home/.cache/canopy'))).to.have.length(1);
  });

  for (const shell of ['dash', 'bash', 'busybox']) {
    it(`is plain POSIX: ${shell}`, async function () {
      needs(shell).call(this, () => undefined);
      if (shell === 'busybox') lay(folder, { ash: '#!/bin/sh\nexec busybox sh "$@"\n' });
      if (shell === 'busybox') fs.chmodSync(join(folder, 'ash'), 0o755);
      expect(await run(folder, env, shell === 'busybox' ? join(folder, 'ash') : shell)).to.include({
        code: 0,
        answer: done,
      });
    });
  }

  it('leaves the step its own umask', async () => {
    const before = process.umask(0o027);
    try {
      expect((await run(folder, env)).output).to.contain('umask 27');
      expect((await run(folder, env)).output).to.contain('umask 27');
    } finally {
      process.umask(before);
    }
  });

  it('ten first runs at once all succeed and leave one copy', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => run(folder, env)));
    expect(all.map(({ code, answer }) => [code, answer])).to.deep.equal(all.map(() => [0, done]));
    expect(fs.readdirSync(join(folder, 'home/.cache/canopy'))).to.deep.equal([cached().split('/').pop()]);
  });

  it('a CANOPY_CACHE with spaces and quotes', async () => {
    const cache = join(folder, `it's a "cache" $HOME`);
    expect(await run(folder, { ...env, CANOPY_CACHE: cache, HOME: undefined })).to.include({ code: 0 });
    expect(fs.readdirSync(cache)).to.have.length(1);
    const relative = await run(folder, { ...env, CANOPY_CACHE: 'cache' });
    expect(relative.answer).to.equal('problem: CANOPY_CACHE must be an absolute path, not cache\n');
  });

  it('no HOME and no CANOPY_CACHE', async () => {
    const ended = await run(folder, { ...env, HOME: undefined });
    expect(ended).to.include({
      code: 78,
      answer: 'problem: neither HOME nor CANOPY_CACHE is set: there is no place for the steps\n',
    });
  });

  it('refuses an archive that was cut or changed, and leaves nothing', async () => {
    const archive = env['CANOPY_RUN_ARCHIVE'] ?? '';
    const good = fs.readFileSync(archive);
    fs.truncateSync(archive, good.length - 7);
    const cut = await run(folder, env);
    expect(cut.code).to.equal(78);
    expect(cut.answer).to.match(/^problem: the archive of the steps is damaged/);
    fs.writeFileSync(archive, good);
    // The sum of the archive is right, its list is not the one that the library knows.
    const other = await run(folder, { ...env, CANOPY_RUN_SUMS: '0'.repeat(64) });
    expect(other.answer).to.equal('problem: the archive of the steps does not hold what its list says\n');
    expect(fs.readdirSync(join(folder, 'home/.cache/canopy'))).to.deep.equal([]);
  });

  it('an archive that is no archive', async () => {
    const archive = env['CANOPY_RUN_ARCHIVE'] ?? '';
    fs.writeFileSync(archive, 'no gzip');
    const sum = spawnSync('sha256sum', [archive], { encoding: 'utf8' }).stdout.slice(0, 64);
    const ended = await run(folder, { ...env, CANOPY_RUN_SHA256: sum });
    expect(ended.answer).to.match(
      /^problem: cannot unpack the steps|^problem: the archive of the steps does not hold/,
    );
  });

  it('checks every file again at each start', async () => {
    await run(folder, env);
    for (const name of ['dist/steps/deploy.js', 'dist/chunks/said.js', 'SHA256SUMS', 'package.json']) {
      const good = fs.readFileSync(join(cached(), name));
      fs.appendFileSync(join(cached(), name), '\n');
      const ended = await run(folder, env);
      expect(ended.answer, name).to.match(/^problem: the steps in .* were changed: remove that folder/);
      expect(ended.output).not.to.contain('canopy 1.2.3');
      fs.writeFileSync(join(cached(), name), good);
    }
    fs.rmSync(join(cached(), 'dist/chunks/said.js'));
    expect((await run(folder, env)).answer).to.match(/were changed/);
  });

  it('refuses a folder of somebody else', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    await run(folder, env);
    fs.chownSync(cached(), 65534, 65534);
    expect((await run(folder, env)).answer).to.match(/^problem: .*1\.2\.3-.* has to be a folder of root/);
    fs.chownSync(cached(), 0, 0);
    fs.chownSync(join(folder, 'home/.cache/canopy'), 65534, 65534);
    expect((await run(folder, env)).answer).to.match(
      /^problem: .*\.cache\/canopy has to be a folder of root/,
    );
  });

  it('refuses folders that others may write to, and links', async () => {
    await run(folder, env);
    fs.chmodSync(cached(), 0o770);
    expect((await run(folder, env)).answer).to.match(/nobody else may write/);
    fs.chmodSync(cached(), 0o700);
    fs.chmodSync(join(folder, 'home/.cache/canopy'), 0o777);
    expect((await run(folder, env)).answer).to.match(/nobody else may write/);
    fs.rmSync(join(folder, 'home/.cache/canopy'), { recursive: true });
    fs.mkdirSync(join(folder, 'elsewhere'), { mode: 0o700 });
    fs.symlinkSync(join(folder, 'elsewhere'), join(folder, 'home/.cache/canopy'));
    expect((await run(folder, env)).answer).to.match(/nobody else may write/);
  });

  it('a user that no file knows, whose home is /: the cache that it needs is named', async function () {
    needs('root', 'setpriv').call(this, () => undefined);
    lay(folder, { as: `#!/bin/sh\nexec setpriv --reuid=4242 --regid=4242 --clear-groups sh "$@"\n` });
    fs.chmodSync(join(folder, 'as'), 0o755);
    for (const at of [temp(), folder]) fs.chmodSync(at, 0o777);
    const as = (over: Record<string, string>) => run(folder, { ...env, ...over }, join(folder, 'as'));
    expect((await as({ HOME: '/' })).answer).to.equal(
      'problem: /.cache/canopy has to be a folder of uid 4242 to which nobody else may write; CANOPY_CACHE names another\n',
    );
    expect(await as({ HOME: '/', CANOPY_CACHE: join(folder, 'cache') })).to.include({
      code: 0,
      answer: done,
    });
  });

  it('a home that cannot be written', async () => {
    fs.writeFileSync(join(folder, 'file'), '');
    const ended = await run(folder, { ...env, HOME: join(folder, 'file') });
    expect(ended.answer).to.match(/^problem: .*file\/\.cache\/canopy has to be a folder of/);
  });

  it('CANOPY_HOME comes first, of the same version only, without another choice', async () => {
    const home = lay(join(folder, 'in stalled'), build('1.2.3'));
    expect((await run(folder, { ...env, CANOPY_HOME: home })).code).to.equal(0);
    expect(fs.readdirSync(join(folder, 'home'))).to.deep.equal([]);
    const other = lay(join(folder, 'other'), build('1.2.30'));
    const wrong = await run(folder, { ...env, CANOPY_HOME: other });
    expect(wrong.answer).to.equal('problem: CANOPY_HOME holds Canopy 1.2.30, this library is 1.2.3\n');
    const empty = await run(folder, { ...env, CANOPY_HOME: join(folder, 'home') });
    expect(empty.answer).to.match(/^problem: CANOPY_HOME holds no build of Canopy/);
    const none = await run(folder, { ...env, CANOPY_HOME: home, CANOPY_RUN_STEP: 'nonsense' });
    expect(none.answer).to.match(/^problem: there is no step nonsense in /);
  });

  it('without a release and without a home it names the three ways', async () => {
    const ended = await run(folder, { CANOPY_RUN_VERSION: '1.2.3' });
    expect(ended.code).to.equal(78);
    for (const way of ['CANOPY_HOME', 'release ref', 'CANOPY_PACKAGE']) expect(ended.answer).to.contain(way);
  });

  it('CANOPY_PACKAGE is taken when there is no release, of the same version only', async function () {
    needs('npx').call(this, () => undefined);
    for (const version of ['1.2.3', '1.2.4']) {
      const bin = { canopy: 'dist/bin/canopy.js' };
      lay(join(folder, version), {
        ...build(version),
        'package.json': JSON.stringify({ name: 'canopy-delivery', version, type: 'module', bin }),
        'dist/bin/canopy.js': '#!/usr/bin/env node\n',
      });
      spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(folder, version) });
    }
    const base = { CANOPY_RUN_VERSION: '1.2.3', npm_config_offline: 'true' };
    const good = await run(folder, { ...base, CANOPY_PACKAGE: join(folder, 'canopy-delivery-1.2.3.tgz') });
    expect(good.answer, good.output).to.equal(done);
    const wrong = await run(folder, { ...base, CANOPY_PACKAGE: join(folder, 'canopy-delivery-1.2.4.tgz') });
    expect(wrong.answer).to.equal('problem: CANOPY_PACKAGE holds Canopy 1.2.4, this library is 1.2.3\n');
    const none = await run(folder, { ...base, CANOPY_PACKAGE: join(folder, 'none.tgz') });
    expect(none.answer).to.match(/^problem: npx cannot get CANOPY_PACKAGE/);
    const relative = await run(folder, { ...base, CANOPY_PACKAGE: './canopy-delivery-1.2.3.tgz' });
    expect(relative.answer).to.match(/absolute path/);
    // A release ref has its own steps: the package is not asked.
    expect((await run(folder, { ...env, CANOPY_PACKAGE: join(folder, 'none.tgz') })).code).to.equal(0);
  });

  it('removes what an aborted build left long ago, and nothing else', async () => {
    const old = 'canopy-0b0c9a4e-7a55-4f6e-9c3b-000000000000';
    for (const name of [old, old.replace('0b0c', '1b1c'), 'canopy-cache', 'other'])
      fs.mkdirSync(join(folder, name));
    for (const name of [old, 'canopy-cache', 'other']) fs.utimesSync(join(folder, name), 1, 1);
    await run(folder, env);
    expect(fs.readdirSync(folder)).to.include.members(['canopy-cache', 'other', old.replace('0b0c', '1b1c')]);
    expect(fs.readdirSync(folder)).not.to.include(old);
  });

  it('SIGTERM reaches the step itself, and its code is the end', async () => {
    const { child, ended, output } = begin(folder, { ...env, HANG: '1' });
    const pid = await waitFor('the step', () => /hanging (\d+)/.exec(output())?.[1]);
    expect(Number(pid)).to.equal(child.pid);
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(5);
  });

  it('a run that is stopped while it unpacks leaves nothing half-done', async () => {
    const bin = join(folder, 'bin');
    lay(bin, { tar: '#!/bin/sh\necho $$ > "$MARK"\nexec sleep 30\n' });
    fs.chmodSync(join(bin, 'tar'), 0o755);
    const mark = join(folder, 'mark');
    const { child, ended } = begin(folder, { ...env, MARK: mark, PATH: `${bin}:${process.env['PATH']}` });
    const sleeper = await waitFor('tar', () => fs.existsSync(mark) && Number(fs.readFileSync(mark, 'utf8')));
    child.kill('SIGTERM');
    process.kill(sleeper, 'SIGTERM');
    expect((await ended).code).not.to.equal(0);
    expect(fs.readdirSync(join(folder, 'home/.cache/canopy'))).to.deep.equal([]);
    expect(await run(folder, env)).to.include({ code: 0, answer: done });
  });
});
