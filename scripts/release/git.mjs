// Git by its plumbing: a commit is made beside the working tree, which stays as it is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function openGit(root) {
  const git = (args, options = {}) =>
    execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...options,
      env: { ...process.env, ...options.env },
    })?.trim() ?? '';
  const has = (ref) => refOf(ref) !== null;
  const refOf = (ref) => git(['for-each-ref', '--format=%(objectname)', ref]) || null;

  return {
    has,
    refOf,
    changes: () => git(['status', '--porcelain']),
    remotes: () => git(['remote']).split('\n').filter(Boolean),
    commitOf: (ref) => git(['rev-parse', '--verify', `${ref}^{commit}`]),
    /** Whether one commit is another or an ancestor of it. */
    isBehind: (ref, of) => {
      try {
        git(['merge-base', '--is-ancestor', ref, of]);
        return true;
      } catch {
        return false;
      }
    },
    push: (remote, refs) =>
      git(['push', '--atomic', remote, ...refs], { stdio: ['ignore', 'inherit', 'inherit'] }),
    branch: () => git(['rev-parse', '--abbrev-ref', 'HEAD']),
    tracked: (folder) => git(['ls-files', '-z', folder]).split('\0').filter(Boolean),
    show: (ref, path) => git(['show', `${ref}:${path}`]),
    /** A commit on HEAD with these files changed (path -> bytes); returns its id. Nothing points to it yet. */
    commit(files, message) {
      const folder = mkdtempSync(join(tmpdir(), 'canopy-release-'));
      const env = { GIT_INDEX_FILE: join(folder, 'index') };
      try {
        git(['read-tree', 'HEAD'], { env });
        for (const [path, bytes] of files) {
          const blob = git(['hash-object', '-w', '--stdin'], { input: bytes });
          git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { env });
        }
        const tree = git(['write-tree'], { env });
        return git(['commit-tree', tree, '-p', 'HEAD', '-m', message]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    /** All or none: tags that must not exist yet, and branches that still have to be where they were (null: not there). */
    point(tags, branches) {
      const lines = [
        ...tags.map(({ name, to }) => `create refs/tags/${name} ${to}`),
        ...branches.map(({ name, to, from }) =>
          from === null ? `create refs/heads/${name} ${to}` : `update refs/heads/${name} ${to} ${from}`,
        ),
      ];
      git(['update-ref', '--stdin'], { input: `${['start', ...lines, 'prepare', 'commit'].join('\n')}\n` });
    },
  };
}
