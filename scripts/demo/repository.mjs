// The git repository that the demo delivers from: the example application with its branches.
import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../support/console.mjs';

const example = join(root, 'examples', 'shop');
const leftOut = new Set(['node_modules', 'dist', 'coverage', 'reports', '.canopy', 'changes']);
const author = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@shop.example' };

/** Makes the repository on branch `release` with the first version, and a branch `dev` at the same commit. */
export function makeRepository(folder, config) {
  cpSync(example, folder, { recursive: true, filter: (path) => !leftOut.has(basename(path)) });
  writeFileSync(join(folder, 'canopy.yml'), config);
  git(folder, 'init', '-q', '-b', 'release');
  commitAll(folder, 'Open the shop');
  git(folder, 'branch', 'dev');
}

/** Goes to a branch, applies one of the example's changes and commits it. */
export function change(folder, branch, patch, message) {
  git(folder, 'checkout', '-q', branch);
  git(folder, 'apply', '--whitespace=nowarn', join(example, 'changes', patch));
  commitAll(folder, message);
}

export function merge(folder, from, into) {
  git(folder, 'checkout', '-q', into);
  git(folder, 'merge', '-q', '--ff-only', from);
}

export const currentCommit = (folder) => git(folder, 'rev-parse', 'HEAD').trim();

function commitAll(folder, message) {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', message);
}

/** Git without the user's own configuration: hooks, signing and templates of this machine stay out. */
function git(folder, ...words) {
  const committer = {
    GIT_COMMITTER_NAME: author.GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: author.GIT_AUTHOR_EMAIL,
  };
  const env = {
    ...process.env,
    ...author,
    ...committer,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE']) delete env[name];
  return execFileSync('git', words, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
