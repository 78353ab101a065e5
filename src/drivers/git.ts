/** Git on this machine (port Git), by simple-git. Reads only. */
import { simpleGit, type SimpleGit } from 'simple-git';
import { CanopyError, fail } from '../errors.ts';
import type { Git, GitRange } from '../ports/ports.ts';

/**
 * `cwd`: a folder in the work tree. Git gets a small environment: no GIT_DIR or the like leads it elsewhere, and its
 * messages are in English.
 */
export function openGit(cwd: string, env: Readonly<Record<string, string | undefined>> = process.env): Git {
  const git = (): SimpleGit => open(cwd, env);
  return {
    head: () => attempt(cwd, 'read the commit', () => head(git(), cwd)),
    log: async (from, to) => {
      const range = `${await commitOf(git(), cwd, from)}..${await commitOf(git(), cwd, to)}`;
      return attempt(cwd, 'read the log', async () =>
        parseLog(await git().raw(['log', '--no-show-signature', '--decorate=full', format, range, '--'])),
      );
    },
    ignored: (folder) =>
      attempt(cwd, 'read what it ignores', async () => {
        const words = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
        const found = await open(folder, env).raw(words);
        return found.split('\0').filter((name) => name !== '');
      }),
    time: async (ref) => {
      const commit = await commitOf(git(), cwd, ref);
      const words = ['log', '-1', '--no-show-signature', '--format=%ct', commit, '--'];
      return attempt(cwd, 'read the commit', async () => Number((await git().raw(words)).trim()) * 1000);
    },
  };
}

const passed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_CONFIG_HOME'];

function open(baseDir: string, env: Readonly<Record<string, string | undefined>>): SimpleGit {
  const own = Object.fromEntries(
    passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  return simpleGit({
    baseDir,
    trimmed: false,
    timeout: { block: 60_000 },
    // Any exit code but 0 is a failure, also when git says nothing.
    errors: (error, result) =>
      error ?? (result.exitCode === 0 ? undefined : Buffer.concat([...result.stdErr, ...result.stdOut])),
  }).env({ ...own, LC_ALL: 'C' });
}

async function head(git: SimpleGit, cwd: string): Promise<Awaited<ReturnType<Git['head']>>> {
  const [commit = '', time = ''] = (await git.raw(['log', '-1', '--no-show-signature', '--format=%H %ct']))
    .trim()
    .split(' ');
  const branch = (await git.raw(['rev-parse', '--abbrev-ref', 'HEAD'])).trim();
  const status = await git.raw(['status', '--porcelain', '-z', '--untracked-files=normal']);
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw fail('git-empty', { folder: cwd });
  return {
    commit,
    branch: branch === 'HEAD' ? null : branch,
    time: Number(time) * 1000,
    dirty: status.split('\0').some((line) => line !== '' && !isOurs(line)),
  };
}

/** Artifacts and reports of Canopy in the work tree: they are no change of it. */
const isOurs = (line: string): boolean => /^\?\? (.*\/)?\.canopy\/$/.test(line);

async function commitOf(git: SimpleGit, cwd: string, ref: string): Promise<string> {
  // No option, no range, no search: a name or a hash, with ^ and ~ behind it.
  if (!/^[A-Za-z0-9_@][A-Za-z0-9_./@{}^~+-]*$/.test(ref) || ref.includes('..'))
    throw fail('git-ref', { ref });
  return attempt(
    cwd,
    'read the log',
    async () =>
      (await git.raw(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])).trim(),
    ref,
  );
}

const format = '--format=%H%x00%an%x00%s%x00%D%x00';

/** Git decorates a commit whose parents a shallow clone lacks with "grafted"; in full, the names of refs begin with refs/. */
function parseLog(text: string): GitRange {
  const words = text.split('\0');
  const commits: GitRange['commits'][number][] = [];
  let cut = false;
  for (let at = 0; at + 4 < words.length; at += 4) {
    const [commit = '', author = '', subject = '', names = ''] = words.slice(at, at + 4);
    commits.push({ commit: commit.trim(), subject, author });
    cut ||= names.split(', ').includes('grafted');
  }
  return { commits, cut };
}

async function attempt<T>(folder: string, what: string, work: () => Promise<T>, ref?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CanopyError) throw error;
    throw translate(folder, what, error as Error, ref);
  }
}

function translate(folder: string, what: string, error: Error, ref: string | undefined): CanopyError {
  const text = error.message.trim();
  const cause = { cause: error };
  if (/ENOENT|does not exist/.test(text)) return fail('git-missing', { reason: firstLine(text) }, cause);
  if (/not a git repository/i.test(text)) return fail('git-none', { folder }, cause);
  const owned = /dubious ownership in repository at '([^']+)'/.exec(text)?.[1];
  if (owned !== undefined) return fail('git-owner', { folder, owned }, cause);
  if (/does not have any commits yet|unknown revision .*HEAD|bad default revision/i.test(text)) {
    return fail('git-empty', { folder }, cause);
  }
  if (ref !== undefined) return fail('git-ref', { ref }, cause);
  return fail('git-failed', { what, reason: firstLine(text) || 'it gave no reason' }, cause);
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
