import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { lay, root, run, script } from './support.ts';

const sum = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** A repository like ours, with a build that takes no time. */
function repository(folder: string): string {
  lay(folder, {
    '.gitignore': 'dist/\n*.tgz\nnode_modules\n',
    'scripts/build.mjs': `import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/steps', { recursive: true });
writeFileSync('dist/canopy.js', 'console.log(' + JSON.stringify(process.env.LIE ?? version) + ')');
writeFileSync('dist/package.json', JSON.stringify({ name: 'canopy-delivery', version, type: 'module' }));
writeFileSync('dist/steps/deploy.js', "import { writeFileSync } from 'node:fs'; writeFileSync(process.argv[3], 'ran ' + process.argv[2])");
`,
    'resources/defaults.yml': 'a: 1\n',
    [`resources/${'long-name-'.repeat(12)}/x`]: 'x',
  });
  for (const name of ['scripts/release.mjs', 'scripts/release', 'scripts/setup.mjs', 'scripts/support'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  cpSync(script, join(folder, 'resources/canopy/run.sh'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'config', 'user.email', 'a@b');
  git(folder, 'config', 'user.name', 'a');
  return commit(folder, '0.1.0');
}

function commit(folder: string, version: string): string {
  const manifest = JSON.stringify({ name: 'canopy-delivery', version, type: 'module' });
  lay(folder, {
    'package.json': manifest,
    'package-lock.json': manifest,
    'vars/canopyRelease.groovy': `String version() { return '${version}' }\nString sha256() { return '' }\nString sums() { return '' }\n`,
  });
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '--allow-empty', '-m', version);
  return folder;
}

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
const show = (folder: string, what: string): Buffer =>
  execFileSync('git', ['show', what], { cwd: folder, maxBuffer: 1 << 28 });
const refs = (folder: string): string => git(folder, 'for-each-ref', '--format=%(refname) %(objectname)');

function release(folder: string, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.mjs', ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: stdout + stderr };
}

describe('npm run release', function () {
  this.timeout(60_000);
  before(needs('git', 'tar'));
  const temp = tempFolder();
  let nth = 0;
  const fresh = (): string => {
    const folder = join(temp(), `repository ${++nth}`);
    mkdirSync(folder);
    return repository(folder);
  };

  it('makes a tag and a branch beside main, and touches nothing else', () => {
    const folder = fresh();
    const main = git(folder, 'rev-parse', 'HEAD');
    const { status, output } = release(folder);
    expect(status, output).to.equal(0);
    expect(git(folder, 'rev-parse', 'HEAD')).to.equal(main);
    expect(git(folder, 'status', '--porcelain')).to.equal('');
    expect(existsSync(join(folder, 'resources/canopy/canopy-0.1.0.tgz'))).to.equal(false);
    expect(git(folder, 'rev-parse', 'v0.1.0')).to.equal(git(folder, 'rev-parse', 'v0'));
    expect(git(folder, 'rev-parse', 'v0.1.0^')).to.equal(main);
    expect(git(folder, 'diff', '--name-only', 'main', 'v0.1.0').split('\n')).to.deep.equal([
      'resources/canopy/canopy-0.1.0.tgz',
      'vars/canopyRelease.groovy',
    ]);
    expect(output).to.contain('git push --atomic origin refs/tags/v0.1.0 +refs/heads/v0');
  });

  it('--push makes them in a remote of one’s own, both or none, and again what was made before', () => {
    const folder = fresh();
    const remote = join(temp(), `remote ${nth}.git`);
    execFileSync('git', ['init', '-q', '--bare', remote]);
    git(folder, 'remote', 'add', 'mine', remote);
    const { status, output } = release(folder, ['--push', 'mine']);
    expect(status, output).to.equal(0);
    expect(output).to.contain('mine has v0.1.0 and v0: load the library as canopy@v0');
    const names = ['v0.1.0', 'v0'].map((name) => git(remote, 'rev-parse', name));
    expect(names).to.deep.equal([git(folder, 'rev-parse', 'v0.1.0'), git(folder, 'rev-parse', 'v0')]);
    const other = join(temp(), `other ${nth}.git`);
    execFileSync('git', ['init', '-q', '--bare', other]);
    const again = release(folder, ['--push', other]);
    expect(again.status, again.output).to.equal(0);
    expect(again.output).to.contain('v0.1.0 was made before from this commit');
    expect(git(other, 'rev-parse', 'v0')).to.equal(names[1]);
    // A tag that stands there already for something else: then nothing is moved either.
    commit(folder, '0.1.1');
    git(other, 'tag', 'v0.1.1', 'v0.1.0');
    expect(release(folder, ['--push', other]).status).not.to.equal(0);
    expect(git(other, 'rev-parse', 'v0')).to.equal(names[1]);
  });

  it('--push wants a remote that is one, and --dry-run pushes nothing', () => {
    const folder = fresh();
    expect(release(folder, ['--push']).output).to.contain('--push needs the name or address of a remote');
    expect(release(folder, ['--push', '--dry-run']).status).to.equal(2);
    expect(release(folder, ['--push', 'nowhere'])).to.include({ status: 2 });
    expect(release(folder, ['--push', 'nowhere']).output).to.contain('git remote add nowhere URL');
    const remote = join(temp(), `dry ${nth}.git`);
    execFileSync('git', ['init', '-q', '--bare', remote]);
    const { output } = release(folder, ['--push', remote, '--dry-run']);
    expect(output).to.contain(`and move the branch v0 and push to ${remote}; nothing was written`);
    expect(refs(remote)).to.equal('');
  });

  it('what it made runs: the constants are those of the archive', async () => {
    const folder = fresh();
    release(folder);
    const archive = show(folder, 'v0.1.0:resources/canopy/canopy-0.1.0.tgz');
    const constants = show(folder, 'v0.1.0:vars/canopyRelease.groovy').toString();
    const of = (name: string): string =>
      new RegExp(`${name}\\(\\) \\{ return '(.*)' \\}`).exec(constants)?.[1] ?? '';
    expect(of('sha256')).to.equal(sum(archive));
    const file = join(folder, '..', `archive-${nth}.tgz`);
    writeFileSync(file, archive);
    const members = execFileSync('tar', ['-tzvf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(
      members.every((line) => /root\/root .*1970-01-01/.test(line)),
      members.join('\n'),
    ).to.equal(true);
    expect(members.filter((line) => /scripts|vars|node_modules|canopy-.*tgz/.test(line))).to.deep.equal([]);
    expect(members.some((line) => line.includes('long-name-'.repeat(12)))).to.equal(true);
    const ended = await run(join(folder, '..'), {
      CANOPY_RUN_VERSION: of('version'),
      CANOPY_RUN_SHA256: of('sha256'),
      CANOPY_RUN_SUMS: of('sums'),
      CANOPY_RUN_ARCHIVE: file,
    });
    expect(ended.answer, ended.output).to.equal('ran --result');
  });

  it('the same sources give the same bytes', () => {
    const made = [fresh(), fresh()].map((folder) => {
      release(folder);
      return sum(show(folder, 'v0.1.0:resources/canopy/canopy-0.1.0.tgz'));
    });
    expect(made[0]).to.equal(made[1]);
  });

  it('--dry-run writes no ref and no object', () => {
    const folder = fresh();
    const before = [refs(folder), git(folder, 'count-objects')];
    const { status, output } = release(folder, ['--dry-run']);
    expect(status, output).to.equal(0);
    expect(output).to.contain('would make the tag v0.1.0 and move the branch v0; nothing was written');
    expect([refs(folder), git(folder, 'count-objects')]).to.deep.equal(before);
  });

  it('moves the branch with the next version, and never a tag', () => {
    const folder = fresh();
    release(folder);
    const first = git(folder, 'rev-parse', 'v0.1.0');
    expect(release(folder)).to.include({ status: 2 });
    commit(folder, '0.1.1');
    expect(release(folder).status).to.equal(0);
    expect(git(folder, 'rev-parse', 'v0.1.0')).to.equal(first);
    expect(git(folder, 'rev-parse', 'v0')).to.equal(git(folder, 'rev-parse', 'v0.1.1'));
    // A tag by hand on another commit is not moved either.
    commit(folder, '0.1.2');
    git(folder, 'tag', 'v0.1.2');
    const before = refs(folder);
    expect(release(folder).output).to.contain('the tag v0.1.2 exists, and a tag is never moved');
    expect(refs(folder)).to.equal(before);
  });

  it('a pre-release or an older version leaves the branch alone', () => {
    const folder = fresh();
    release(commit(folder, '1.10.0'));
    for (const version of ['1.9.3', '1.11.0-rc.1']) {
      expect(release(commit(folder, version)).status).to.equal(0);
      expect(git(folder, 'rev-parse', 'v1')).to.equal(git(folder, 'rev-parse', 'v1.10.0'));
      expect(git(folder, 'rev-parse', `v${version}^`)).to.equal(git(folder, 'rev-parse', 'HEAD'));
    }
    expect(release(commit(folder, '1.11.0')).status).to.equal(0);
    expect(git(folder, 'rev-parse', 'v1')).to.equal(git(folder, 'rev-parse', 'v1.11.0'));
  });

  const refused: readonly (readonly [string, string, (folder: string) => void])[] = [
    ['a changed file', 'not clean', (folder) => writeFileSync(join(folder, 'resources/defaults.yml'), 'b')],
    ['a file that git does not know', 'not clean', (folder) => writeFileSync(join(folder, 'new'), 'b')],
    ['a version that is none', 'is no version', (folder) => commit(folder, '1.2')],
    [
      'a lock file of another version',
      'package-lock.json 9.9.9',
      (folder) => {
        writeFileSync(join(folder, 'package-lock.json'), '{"version":"9.9.9"}');
        git(folder, 'commit', '-qam', 'x');
      },
    ],
    [
      'generated files of another version',
      'npm run generate',
      (folder) => {
        writeFileSync(join(folder, 'vars/canopyRelease.groovy'), "String version() { return '9.9.9' }\n");
        git(folder, 'commit', '-qam', 'x');
      },
    ],
    ['its own branch', 'is checked out', (folder) => git(folder, 'checkout', '-q', '-b', 'v0')],
  ];
  for (const [what, says, spoil] of refused) {
    it(`refuses ${what}`, () => {
      const folder = fresh();
      spoil(folder);
      const before = refs(folder);
      const { status, output } = release(folder);
      expect(status).to.equal(2);
      expect(output).to.contain(says);
      expect(refs(folder)).to.equal(before);
    });
  }

  it('refuses a release commit, an unknown option, and a build of another version', () => {
    const folder = fresh();
    release(folder);
    git(folder, 'checkout', '-q', '--detach', 'v0.1.0');
    git(folder, 'tag', '-d', 'v0.1.0');
    expect(release(folder).output).to.contain('this is a release commit itself');
    const other = fresh();
    expect(release(other, ['--pull']).output).to.contain('there is no option --pull');
    const before = refs(other);
    expect(release(other, [], { LIE: '9.9.9' })).to.include({ status: 1 });
    expect(refs(other)).to.equal(before);
    expect(readFileSync(join(other, 'vars/canopyRelease.groovy'), 'utf8')).to.contain(
      "sha256() { return '' }",
    );
  });
});
