import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { packageArtifact } from '../../src/artifact/index.ts';
import { openGit } from '../../src/drivers/git.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packageSetting, type PackageSetting } from './setting.ts';

const pointer = (of = 'a'): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${of.repeat(64)}\nsize 120000000\n`;

describe('what a package leaves out, or takes as it is', () => {
  const parent = tempFolder();
  let setting: PackageSetting;
  before(needs('git'));
  beforeEach(() => {
    setting = packageSetting(parent(), () => ({}));
    git('init', '-q', '-b', 'main');
  });
  const git = (...words: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...words],
      {
        cwd: setting.folder,
        encoding: 'utf8',
      },
    );
  /** Writes the files, commits them and packs `dist` and what else is named; returns the warnings. */
  async function packed(
    tree: Readonly<Record<string, string>>,
    files = ['.', '!.gitattributes', '!.gitmodules'],
    build: string[] = [],
  ) {
    for (const [name, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(setting.folder, name)), { recursive: true });
      if (name.endsWith('/')) mkdirSync(join(setting.folder, name), { recursive: true });
      else writeFileSync(join(setting.folder, name), text);
    }
    git('add', '-A');
    git('commit', '--allow-empty', '-qm', 'one');
    const ports = { ...setting.ports, git: openGit(setting.folder) };

    return packageArtifact(
      { ...setting.options, config: { ...setting.options.config, files, build } },
      ports,
    );
  }

  it('is nothing where nothing is odd', async () => {
    const { manifest } = await packed({ 'dist/app.js': 'app', 'dist/data.txt': 'x'.repeat(200) });
    expect(setting.warnings).to.deep.equal([]);
    expect(Object.keys(manifest.files)).to.deep.equal(['dist/app.js', 'dist/data.txt', 'package.json']);
  });

  it('are no pointers of git LFS: that is refused, with the command', async () => {
    const tree = {
      'dist/app.js': 'app',
      'img/a.png': pointer(),
      'img/b.png': pointer('b').replaceAll('\n', '\r\n'),
    };
    const error = await thrown(packed(tree));
    expect([error.code, error.exit]).to.deep.equal(['artifact-lfs', 1]);
    expect(error.message).to.equal(
      '2 files are git LFS pointers, not the content that they stand for: "img/a.png", "img/b.png"',
    );
    expect(error.problems[0]?.hint).to.match(/^run git lfs pull, then canopy package again/);
    await packed({ 'dist/about-lfs.md': `A pointer looks like this:\n${pointer()}` }, ['dist']);
    const one = await thrown(packed({ 'dist/model.bin': pointer() }, ['dist']));
    expect(one.message).to.equal('"dist/model.bin" is a git LFS pointer, not the content that it stands for');
    await packed({}, ['dist', '!dist/model.bin']);
  });

  it('are empty folders, the outermost alone, and none that a pattern has emptied', async () => {
    await packed(
      { 'dist/app.js': 'app', 'dist/maps/app.js.map': 'm', 'dist/tmp/deep/': '', 'dist/up loads/': '' },
      ['dist', '!**/*.map'],
    );
    expect(setting.warnings).to.deep.equal([
      'empty folders are left out: "dist/tmp", "dist/up loads"; one that has to be there on the servers is named in shared: [NAME/]',
    ]);
  });

  it('is a submodule that is not checked out', async () => {
    const other = join(setting.folder, '../lib');
    mkdirSync(other, { recursive: true });
    for (const words of [
      ['init', '-q'],
      ['add', '-A'],
      ['commit', '-q', '--allow-empty', '-m', 'x'],
    ])
      git('-C', other, ...words);
    writeFileSync(join(other, 'lib.js'), 'lib');
    git('-C', other, 'add', '-A');
    git('-C', other, 'commit', '-qm', 'lib');
    await packed({ 'dist/app.js': 'app' });
    git('submodule', '--quiet', 'add', other, 'vendor/lib');
    git('commit', '-qm', 'with lib');
    expect(Object.keys((await packed({ note: '1' })).manifest.files)).to.include('vendor/lib/lib.js');
    git('submodule', '--quiet', 'deinit', '-f', 'vendor/lib');
    setting.warnings.length = 0;
    await packed({ note: '2' });
    expect(setting.warnings).to.deep.equal([
      'the submodule "vendor/lib" is not checked out, its files are missing: git submodule update --init --recursive',
    ]);
    rmSync(other, { recursive: true });
  });

  it('is what git archive would do otherwise', async () => {
    const attributes =
      '# x\n/docs/** export-ignore\n*.test.js -text export-ignore\nVERSION export-subst\nother export-ignore\n';
    const tree = {
      '.gitattributes': attributes,
      'docs/a.md': 'a',
      'dist/deep/b.test.js': 'b',
      VERSION: '$Format:%H$',
    };
    const { manifest } = await packed({ ...tree, 'dist/app.js': 'app' });
    expect(setting.warnings).to.deep.equal([
      'export-ignore of .gitattributes is for git archive alone: taken are "dist/deep/b.test.js", "docs/a.md"; leave out by !PATH in artifact.files',
      'export-subst of .gitattributes is for git archive alone: taken as they are: "VERSION"',
    ]);
    expect(Object.keys(manifest.files)).to.include('docs/a.md');
  });

  it('is what git ignores, where no build makes it', async () => {
    const tree = {
      '.gitignore': 'node_modules/\n.env\n*.log\n.canopy/\n',
      '.env': 'A=1',
      'node_modules/a/i.js': 'i',
      'x.log': 'x',
    };
    const files = ['dist', 'node_modules', '.env'];
    await packed({ ...tree, 'dist/app.js': 'app' }, files);
    expect(setting.warnings).to.deep.equal([
      'git ignores ".env", "node_modules/": taken as they are now, and a change of them alone makes no other artifact of the same commit',
    ]);
    setting.warnings.length = 0;
    await packed({ 'dist/app.js': 'changed' }, files, ['build']);
    expect(setting.warnings).to.deep.equal([]);
  });

  it('is a link whose target stays behind', async () => {
    mkdirSync(join(setting.folder, 'dist'));
    symlinkSync('../package.json', join(setting.folder, 'dist/p'));
    await packed({ 'dist/app.js': 'app' }, ['dist']);
    expect(setting.warnings).to.deep.equal([
      'dist/p points to ../package.json, which is not in the artifact',
    ]);
    expect(readFileSync(join(setting.folder, 'dist/p'), 'utf8')).to.contain('1.2.3');
  });
});
