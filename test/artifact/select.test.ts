import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packageSetting, readArtifact, type PackageSetting } from './setting.ts';

describe('artifact/select', () => {
  const parent = tempFolder();
  const plain = (): PackageSetting =>
    packageSetting(parent(), (setting) => {
      setting.write('dist/app.js', 'app');
      setting.write('dist/.well-known/x', 'x');
      return {};
    });
  const config = (...files: string[]) => ({
    config: { build: ['build'], files, irreversible: false, immutable: false, keep: 10 },
  });

  it('names the pattern that matches nothing', async () => {
    const error = await thrown(plain().package(config('dist', 'public/**')));
    expect(error.message).to.contain('"public/**" matches nothing');
    expect((await thrown(plain().package(config('dist', '!dist')))).code).to.equal('artifact-nothing');
    expect((await thrown(plain().package(config('!dist')))).code).to.equal('artifact-empty');
  });

  it('never takes .git and .canopy', async () => {
    const setting = plain();
    setting.write('.git/config');
    await setting.package();
    setting.write('vendor/.git/HEAD');
    const { manifest } = await setting.package(config('.'));
    expect(Object.keys(manifest.files)).to.deep.equal(['dist/.well-known/x', 'dist/app.js', 'package.json']);
  });

  it('leaves out what a pattern with ! names', async () => {
    const setting = plain();
    const { manifest } = await setting.package(config('dist', '!dist/**/x'));
    expect(Object.keys(manifest.files)).to.deep.equal(['dist/app.js']);
  });

  const bad: Readonly<Record<string, [(setting: PackageSetting) => void, string]>> = {
    'a link to outside': [({ folder }) => symlinkSync('../../x', join(folder, 'dist/l')), 'leaves the tree'],
    'an absolute link': [
      ({ folder }) => symlinkSync('/etc/passwd', join(folder, 'dist/l')),
      'absolute target',
    ],
    'a name with a newline': [(setting) => setting.write('dist/a\nb'), 'control character'],
    'a pipe': [({ folder }) => void execFileSync('mkfifo', [join(folder, 'dist/p')]), 'neither a file'],
  };
  for (const [name, [make, why]] of Object.entries(bad)) {
    it(`refuses ${name}`, async () => {
      const setting = packageSetting(parent(), (made) => {
        made.write('dist/a');
        make(made);
        return {};
      });
      const error = await thrown(setting.package());
      expect(error.code).to.equal('artifact-file');
      expect(error.message).to.contain(why);
    });
  }

  it('refuses a socket', async () => {
    const setting = plain();
    mkdirSync(join(setting.folder, 'dist'));
    const server = createServer();
    await new Promise<void>((ready) => server.listen(join(setting.folder, 'dist/s'), ready));
    try {
      expect((await thrown(setting.package())).message).to.contain('neither a file');
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it('refuses files outside the folder, also through a link to a folder', async () => {
    const setting = plain();
    expect((await thrown(setting.package(config('../')))).message).to.contain('.. in its name');
    symlinkSync('/etc', join(setting.folder, 'etc'));
    expect((await thrown(setting.package(config('etc/host*')))).message).to.contain(
      'lies outside the folder',
    );
    expect((await thrown(setting.package(config('etc')))).message).to.contain('absolute target');
  });

  it('packs links as links, and warns of those that will hang in the air', async () => {
    const setting = packageSetting(parent(), (made) => {
      made.write('dist/a/file');
      symlinkSync('a', join(made.folder, 'dist/folder'));
      symlinkSync('a/file', join(made.folder, 'dist/fine'));
      symlinkSync('../secret', join(made.folder, 'dist/hangs'));
      return {};
    });
    const { manifest } = await setting.package();
    expect(manifest.files['dist/folder']).to.deep.include({ link: 'a', mode: '0777', size: 0 });
    expect(setting.warnings).to.deep.equal(['dist/hangs points to ../secret, which is not in the artifact']);
    await readArtifact({ path: null, folder: setting.folder }, setting.ports);
  });

  it('packs long and foreign names, empty and large files', async () => {
    const names = [
      `dist/${'long/'.repeat(60)}name`,
      `dist/${'n'.repeat(180)}`,
      'dist/日本/ü',
      'dist/empty',
      'dist/__proto__',
    ];
    const setting = packageSetting(parent(), (made) => {
      for (const name of names) made.write(name, name === 'dist/empty' ? '' : name);
      made.write('dist/large', 'x'.repeat(3_000_001));
      return {};
    });
    const { manifest, artifact } = await setting.package();
    expect(Object.keys(manifest.files)).to.include.members(names);
    await readArtifact({ path: artifact, folder: setting.folder }, setting.ports);
    const list = execFileSync('tar', ['-tzf', join(setting.folder, artifact), '--quoting-style=literal'], {
      encoding: 'utf8',
    });
    expect(list.split('\n')).to.include.members(names);
  });
});
