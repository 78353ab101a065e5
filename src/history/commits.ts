/** The commits between two releases, asked of the clone on this machine. */
import { CanopyError } from '../errors.ts';
import { plainLine } from '../shared/text/line.ts';
import { pool } from '../shared/pool.ts';
import type { Git, Log } from '../ports/ports.ts';

export interface Commits {
  /** Newest first; hashes are shortened. */
  readonly list: readonly { readonly commit: string; readonly subject: string; readonly author: string }[];
  readonly more: number;
  /** The release is older than the one before it: these were taken back. */
  readonly back: boolean;
  /** Commits that are not in this clone: then the list is empty. */
  readonly missing: readonly string[];
  /** The clone is shallow and ends among these: there are more, or others. */
  readonly cut: boolean;
}

interface Pair {
  readonly from: string;
  readonly to: string;
}

const atOnce = 4;
const short = (commit: string): string => commit.slice(0, 7);

/** Asks git, or does without it: what it cannot tell is told once as a warning. */
export interface Clone {
  /** Null when there is no clone to ask. */
  between(pair: Pair, most: number): Promise<Commits | null>;
  /** When commits were made; those that are not in the clone are missing. */
  times(commits: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export function cloneOf(open: () => Promise<Git>, log: Log): Clone {
  let told = false;
  /** Null: git does not know a commit; other troubles concern the clone as a whole. */
  const ask = async <T>(work: (git: Git) => Promise<T>): Promise<T | 'unknown' | null> => {
    if (told) return null;
    try {
      return await work(await open());
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      if (error.code === 'git-ref') return 'unknown';
      if (!told) log.warn(`without commits: ${error.message}`);
      told = true;
      return null;
    }
  };
  const timesOf = async (commits: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const asked = [...new Set(commits)];
    const found = await pool(asked, atOnce, (commit) => ask((git) => git.time(commit)));
    return new Map(
      asked.flatMap((commit, at) => (typeof found[at] === 'number' ? [[commit, found[at]]] : [])),
    );
  };
  return {
    times: timesOf,
    between: async ({ from, to }, most) => {
      const there = await ask(async (git) => {
        const forward = await git.log(from, to);
        const older = forward.commits.length === 0 || (forward.cut && (await isOlder(git, to, from)));
        return older ? { ...(await git.log(to, from)), back: true } : { ...forward, back: false };
      });
      if (there === null) return null;
      if (there === 'unknown') {
        const known = await timesOf([from, to]);
        const missing = [from, to].filter((commit) => !known.has(commit)).map(short);
        return told ? null : { list: [], more: 0, back: false, missing, cut: false };
      }
      const list = there.commits.slice(0, most).map(({ commit, subject, author }) => ({
        commit: short(commit),
        subject: plainLine(subject, 120),
        author: plainLine(author, 60),
      }));
      const more = there.commits.length - list.length;
      return { list, more, back: there.back, missing: [], cut: there.cut };
    },
  };
}

/** Where the history between two commits is cut, only their times tell which is the older one. */
const isOlder = async (git: Git, one: string, other: string): Promise<boolean> =>
  (await git.time(one)) < (await git.time(other));
