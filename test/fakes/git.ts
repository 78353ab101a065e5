import { fail } from '../../src/errors.ts';
import type { Git } from '../../src/ports/ports.ts';

export interface FakeCommit {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  readonly time: number;
}

export interface FakeGit extends Git {
  /** Oldest first. */
  readonly commits: FakeCommit[];
  branch: string | null;
  dirty: boolean;
  /** What it ignores. */
  ignores: string[];
  /** Commits at which the clone ends. */
  readonly ends: Set<string>;
}

/** A repository with one line of commits. */
export function fakeGit(commits: readonly FakeCommit[], folder = '/repo'): FakeGit {
  const find = (git: FakeGit, ref: string): number => {
    const match = /^(HEAD|[0-9a-f]{7,40})(?:~(\d+))?$/.exec(ref);
    const { commits: all, branch } = git;
    const start =
      match?.[1] === 'HEAD' || (branch !== null && ref === branch)
        ? all.length - 1
        : all.findIndex((each) => match !== null && each.commit.startsWith(match[1] ?? '-'));
    const index = start - Number(match?.[2] ?? 0);
    if (start < 0 || index < 0) throw fail('git-ref', { ref });
    return index;
  };
  const git: FakeGit = {
    commits: [...commits],
    branch: 'main',
    dirty: false,
    ignores: [],
    ends: new Set(),
    head: async () => {
      const last = git.commits.at(-1);
      if (!last) throw fail('git-empty', { folder });
      return { commit: last.commit, branch: git.branch, time: last.time, dirty: git.dirty };
    },
    log: async (from, to) => {
      const first = find(git, from);
      const range = git.commits.slice(0, find(git, to) + 1).reverse();
      const end = range.findIndex(({ commit }) => git.ends.has(commit));
      const reached = end === -1 ? range : range.slice(0, end + 1);
      const found = reached.filter((each) => git.commits.indexOf(each) > first);
      return {
        commits: found.map(({ commit, subject, author }) => ({ commit, subject, author })),
        cut: found.some(({ commit }) => git.ends.has(commit)),
      };
    },
    ignored: async () => git.ignores,
    time: async (ref) => git.commits[find(git, ref)]?.time ?? 0,
  };
  return git;
}
