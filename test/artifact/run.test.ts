import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageArtifact } from '../../src/artifact/index.ts';
import { recordingArchive, recordingExec, recordingFiles } from '../../src/drivers/recording.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packageSetting, readArtifact, type PackageSetting } from './setting.ts';
import { recorder } from '../support/recorder.ts';

describe('artifact/run', () => {
  const parent = tempFolder();
  const plain = (): PackageSetting =>
    packageSetting(parent(), (setting) => {
      setting.write('dist/app.js', 'app', 0o700);
      setting.write('dist/.well-known/x', 'x', 0o600);
      return {};
    });
  const config = (...files: string[]) => ({
    config: { build: ['build'], files, irreversible: false, immutable: false, keep: 10 },
  });

  it('is refused before the build when its place cannot be written', async () => {
    const setting = plain();
    setting.write('.canopy', 'a file');
    const error = await thrown(setting.package());
    expect([error.code, error.exit]).to.deep.equal(['output-file', 2]);
    expect(setting.ports.exec.ran).to.deep.equal([]);
  });

  it('builds, packs and writes the manifest', async () => {
    const setting = plain();
    const { outcome, artifact, manifest, warnings } = await setting.package();
    expect(outcome).to.equal('done');
    expect(warnings).to.deep.equal([]);
    expect(manifest.id).to.match(/^20261121093000-1a2b3c4-[0-9a-f]{6}$/);
    expect(manifest.id.endsWith(manifest.sha256.slice(0, 6))).to.be.true;
    expect(artifact).to.equal(`.canopy/artifacts/${manifest.id}.tgz`);
    expect(manifest).to.include({
      app: 'shop',
      version: '1.2.3',
      branch: 'main',
      dirty: false,
      time: '2026-11-22T00:00:00.000Z',
    });
    expect(Object.keys(manifest.files)).to.deep.equal(['dist/.well-known/x', 'dist/app.js', 'package.json']);
    expect(manifest.files['dist/app.js']).to.deep.include({ mode: '0755', size: 3 });
    const onDisk = (name: string): unknown =>
      JSON.parse(readFileSync(join(setting.folder, '.canopy/artifacts', name), 'utf8'));
    expect(onDisk(`${manifest.id}.json`)).to.deep.equal(manifest);
    expect(onDisk('latest.json')).to.deep.equal({ format: 1, id: manifest.id, path: artifact });
    expect(readdirSync(join(setting.folder, '.canopy/artifacts'))).to.have.length(3);
  });

  it('is what tar unpacks', async () => {
    const setting = plain();
    const { artifact } = await setting.package();
    const into = join(setting.folder, 'unpacked');
    mkdirSync(into);
    execFileSync('tar', ['--warning=no-timestamp', '-xzf', join(setting.folder, artifact), '-C', into]);
    expect(readFileSync(join(into, 'dist/app.js'), 'utf8')).to.equal('app');
    const list = execFileSync('tar', ['-tvzf', join(setting.folder, artifact)], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(list.split('\n')[0]).to.match(/^-rw-r--r-- 0\/0 +1 2026-11-21 09:30 dist\/\.well-known\/x$/);
  });

  it('gives the same bytes for the same files, whatever their times, modes and order', async () => {
    const one = plain();
    const other = packageSetting(parent(), (setting) => {
      setting.write('dist/.well-known/x', 'x', 0o664);
      setting.write('dist/app.js', 'app', 0o755);
      utimesSync(join(setting.folder, 'dist/app.js'), 1, 1);
      return {};
    });
    expect((await one.package()).manifest.sha256).to.equal((await other.package()).manifest.sha256);
  });

  it('reuses what the same commit and inputs gave', async () => {
    const setting = plain();
    const first = await setting.package();
    const second = await setting.package({ build: { number: '8', url: null } });
    expect(second.outcome).to.equal('unchanged');
    expect(second.manifest).to.deep.equal(first.manifest);
    expect(setting.ports.exec.ran).to.have.length(1);
  });

  it('builds again when the key differs, the tree is dirty or the archive is not sound', async () => {
    const setting = plain();
    const first = await setting.package();
    expect((await setting.package({ runtime: 'v22-linux-x64' })).outcome).to.equal('done');
    setting.write('package-lock.json', '{}');
    expect((await setting.package()).outcome).to.equal('done');
    expect((await setting.package()).outcome).to.equal('unchanged');
    setting.ports.git.dirty = true;
    const dirty = await setting.package();
    expect(dirty.outcome).to.equal('done');
    expect(dirty.manifest.dirty).to.be.true;
    expect(dirty.warnings[0]).to.contain('in no commit');
    setting.ports.git.dirty = false;
    expect((await setting.package()).outcome).to.equal('done');
    appendFileSync(join(setting.folder, first.artifact), 'x');
    expect((await setting.package()).outcome).to.equal('done');
    rmSync(join(setting.folder, first.artifact));
    expect((await setting.package()).outcome).to.equal('done');
  });

  it('names the older artifact the newest again when it is reused', async () => {
    const setting = packageSetting(
      parent(),
      (made) => (made.write('dist/a', made.ports.git.branch ?? ''), {}),
    );
    const [commit] = setting.ports.git.commits;
    const first = await setting.package();
    setting.ports.git.commits.push({ ...commit!, commit: 'b'.repeat(40) });
    setting.ports.git.branch = 'other';
    const second = await setting.package();
    expect(second.manifest.id).not.to.equal(first.manifest.id);
    setting.ports.git.commits.pop();
    expect((await setting.package()).manifest.id).to.equal(first.manifest.id);
    const read = await readArtifact({ path: null, folder: setting.folder }, setting.ports);
    expect(read.manifest.id).to.equal(first.manifest.id);
  });

  it('takes the commit for the version when package.json has none', async () => {
    const setting = plain();
    setting.write('package.json', '{}');
    const { manifest } = await setting.package();
    expect(manifest.version).to.equal(manifest.commit);
    setting.write('package.json', '{ nonsense');
    expect((await thrown(setting.package())).code).to.equal('artifact-version');
  });

  it('says why the build failed, and packs nothing', async () => {
    const setting = packageSetting(parent(), () => ({ code: 2, stderr: 'first\nno such module\n' }));
    const error = await thrown(setting.package());
    expect(error.message).to.equal('the build ended with exit code 2: no such module');
    expect(existsSync(join(setting.folder, '.canopy'))).to.be.false;
  });

  it('refuses to go on when the checkout moved meanwhile', async () => {
    const setting = packageSetting(parent(), (made) => {
      made.write('dist/a');
      made.ports.git.commits.push({ ...made.ports.git.commits[0]!, commit: 'b'.repeat(40) });
      return {};
    });
    expect((await thrown(setting.package())).code).to.equal('artifact-moved');
    expect(existsSync(join(setting.folder, '.canopy/artifacts/latest.json'))).to.be.false;
  });

  it('ends with the signal, and packs nothing', async () => {
    const controller = new AbortController();
    const setting = packageSetting(parent(), () => {
      controller.abort(new Error('SIGTERM'));
      return new Promise(() => undefined);
    });
    expect((await thrown(setting.package({ signal: controller.signal }))).exit).to.equal(5);
    expect(existsSync(join(setting.folder, '.canopy'))).to.be.false;
  });

  it('touches nothing in a dry run', async () => {
    const setting = plain();
    const { log, exec, files, archive } = setting.ports;
    const ports = {
      ...setting.ports,
      exec: recordingExec(exec, recorder(log)),
      files: recordingFiles(files, recorder(log)),
      archive: recordingArchive(archive, recorder(log)),
    };
    const { outcome } = await packageArtifact({ ...setting.options, ...config('dist') }, ports);
    expect(outcome).to.equal('done');
    expect(exec.ran).to.deep.equal([]);
    expect(readdirSync(setting.folder)).to.deep.equal(['package.json']);
  });

  it('can be done twice at once', async () => {
    const setting = plain();
    const [one, two] = await Promise.all([setting.package(), setting.package()]);
    expect(one.manifest).to.deep.equal(two.manifest);
    await readArtifact({ path: null, folder: setting.folder }, setting.ports);
  });
});
