// npm run release [-- --dry-run | --push REMOTE]: makes the release ref. The compiled steps and their sums are in a commit that only
// the tag vX.Y.Z and the branch v<major> hold; main and the working tree stay as they are. Nothing is pushed without --push, which
// also pushes a release that was made before.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGit } from './release/git.mjs';
import { ensureNpmPackages } from './setup.mjs';

const root = process.cwd();
const words = process.argv.slice(2);
const { dryRun, remote } = optionsOf(words);

try {
  await release();
} catch (error) {
  if (!error.exit) console.error(error.stderr ? `${error.message}\n${error.stderr}` : error.stack);
  process.exitCode = error.exit ?? 1;
}

async function release() {
  const git = openGit(root);
  const version = readVersion();
  const tag = `v${version}`;
  const line = `v${version.split('.')[0]}`;
  const constants = readFileSync(join(root, 'vars/canopyRelease.groovy'), 'utf8');
  if (remote !== null) checkRemote(git, remote);
  if (remote !== null && !dryRun && isMade(git, tag)) {
    const known = git.has(`refs/heads/${line}`) && git.isBehind(`refs/tags/${tag}`, `refs/heads/${line}`);
    console.log(`${tag} was made before from this commit`);
    return publish(git, tag, known ? line : null);
  }
  check(git, version, tag, line, constants);

  // Not before: a clone has none of the packages that this takes.
  await ensureNpmPackages();
  const { makeArchive } = await import('./release/archive.mjs');
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
  const path = `resources/canopy/canopy-${version}.tgz`;
  const made = await makeArchive(root, git.tracked('resources'));
  trial(made.bytes, version);
  const filled = fill(fill(constants, 'sha256', made.sha256), 'sums', made.sums);
  console.log(`${path}: ${made.files.length} files, ${made.bytes.length} bytes, sha256 ${made.sha256}`);

  const moves = movesBranch(git, version, line);
  if (dryRun) {
    console.log(
      `would make the tag ${tag}${moves ? ` and move the branch ${line}` : ''}${remote === null ? '' : ` and push to ${remote}`}; nothing was written`,
    );
    return;
  }
  const from = git.refOf(`refs/heads/${line}`);
  const commit = git.commit(
    [
      [path, made.bytes],
      ['vars/canopyRelease.groovy', Buffer.from(filled)],
    ],
    `Release ${tag}`,
  );
  git.point([{ name: tag, to: commit }], moves ? [{ name: line, to: commit, from }] : []);
  console.log(`${tag} is ${commit.slice(0, 12)}${moves ? `, and ${line} points to it` : ''}`);
  publish(git, tag, moves ? line : null);
}

/** Pushes both refs or none; without a remote it says how. */
function publish(git, tag, line) {
  const refs = [`refs/tags/${tag}`, ...(line === null ? [] : [`+refs/heads/${line}`])];
  if (remote === null) {
    console.log(`To publish it: git push --atomic origin ${refs.join(' ')}`);
    return;
  }
  git.push(remote, refs);
  console.log(
    `${remote} has ${refs.map((ref) => ref.replace(/^\+?refs\/\w+\//, '')).join(' and ')}: load the library as canopy@${line ?? tag}`,
  );
}

/** The release of this very commit: its parent is what is checked out. */
function isMade(git, tag) {
  return git.has(`refs/tags/${tag}`) && git.commitOf(`refs/tags/${tag}^`) === git.commitOf('HEAD');
}

function checkRemote(git, name) {
  const known = git.remotes();
  if (!known.includes(name) && !/[/:]/.test(name))
    refuse(
      2,
      `there is no remote ${name}; there are ${known.join(', ') || 'none'} (git remote add ${name} URL)`,
    );
}

function optionsOf(given) {
  const at = given.indexOf('--push');
  const remote = at < 0 ? null : (given[at + 1] ?? '');
  const rest = at < 0 ? given : [...given.slice(0, at), ...given.slice(at + 2)];
  const unknown = rest.find((word) => word !== '--dry-run');
  if (unknown !== undefined) usage(`there is no option ${unknown}; there are --dry-run and --push REMOTE`);
  if (remote === '' || remote?.startsWith('-'))
    usage('--push needs the name or address of a remote, like --push origin');
  return { dryRun: rest.includes('--dry-run'), remote };
}

function usage(why) {
  console.error(why);
  process.exit(2);
}

function readVersion() {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).version;
  const version = read('package.json');
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$/.test(version)) {
    refuse(2, `"${version}" in package.json is no version like 1.2.3`);
  }
  const locked = read('package-lock.json');
  if (locked !== version)
    refuse(2, `package.json says ${version}, package-lock.json ${locked}: npm install --package-lock-only`);
  return version;
}

function check(git, version, tag, line, constants) {
  const changes = git.changes();
  if (changes !== '') refuse(2, `the working tree is not clean:\n${changes}`);
  if (git.has(`refs/tags/${tag}`))
    refuse(2, `the tag ${tag} exists, and a tag is never moved: raise the version in package.json`);
  if (git.branch() === line) refuse(2, `the branch ${line} is checked out: release from main`);
  if (!constants.includes(`return '${version}'`))
    refuse(2, `vars/canopyRelease.groovy is of another version: npm run generate`);
  if (/[0-9a-f]{64}/.test(constants)) refuse(2, 'this is a release commit itself: release from main');
}

/** A pre-release, or a version below the one that the branch has, leaves the branch where it is. */
function movesBranch(git, version, line) {
  if (version.includes('-')) return false;
  if (!git.has(`refs/heads/${line}`)) return true;
  const there = JSON.parse(git.show(`refs/heads/${line}`, 'package.json')).version;
  const newer = older(there.split('-')[0].split('.'), version.split('.'));
  if (!newer) console.log(`the branch ${line} stays at ${there}`);
  return newer;
}

function older(a, b) {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 || Number(a[at]) < Number(b[at]);
}

function fill(text, name, value) {
  const empty = `String ${name}() { return '' }`;
  if (text.split(empty).length !== 2)
    refuse(2, `vars/canopyRelease.groovy has no empty ${name}(): npm run generate`);
  return text.replace(empty, `String ${name}() { return '${value}' }`);
}

/** Unpacks the archive as an agent does and starts it: it has to be of this version. */
function trial(bytes, version) {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-release-'));
  try {
    writeFileSync(join(folder, 'steps.tgz'), bytes);
    execFileSync('tar', ['-xzf', 'steps.tgz'], { cwd: folder });
    const said = execFileSync(process.execPath, ['dist/canopy.js', '--version'], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
    if (said !== version) refuse(1, `the build says it is ${said}, package.json says ${version}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuse(exit, why) {
  console.error(why);
  throw Object.assign(new Error(why), { exit });
}
