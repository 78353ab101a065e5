import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Repository {
  readonly folder: string;
  git(...args: string[]): string;
  commit(subject: string, author?: string, time?: number): Promise<string>;
  ignore(): Promise<void>;
  touch(): Promise<void>;
  detach(): Promise<void>;
  /** Makes it a shallow one that lacks what was before this commit. */
  cut(commit: string): Promise<void>;
}

/** A real git repository on the branch main, without a commit, that no configuration of this machine touches. */
export function repository(parent: string): Repository {
  const folder = mkdtempSync(join(parent, 'repo-'));
  const run = (env: Record<string, string>, ...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const git = (...args: string[]): string => run({}, ...args);
  git('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    git,
    commit: async (subject, author = 'Ann', time = 1_700_000_000_000) => {
      writeFileSync(join(folder, 'file'), subject);
      git('add', '--all');
      const date = `${time / 1000} +0200`;
      const who = { GIT_AUTHOR_NAME: author, GIT_COMMITTER_NAME: author };
      const mail = { GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_EMAIL: 'a@example.com' };
      run(
        { ...who, ...mail, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
        'commit',
        '--quiet',
        '-m',
        subject,
      );
      return git('rev-parse', 'HEAD').trim();
    },
    ignore: async () => {
      for (const name of ['out/deep', 'über']) mkdirSync(join(folder, name), { recursive: true });
      for (const name of ['out/deep/a', 'über/note.log', 'über/b']) writeFileSync(join(folder, name), '');
      writeFileSync(join(folder, '.gitignore'), 'out/\n*.log\n');
    },
    touch: async () => writeFileSync(join(folder, 'new-file'), 'x'),
    detach: async () => void git('checkout', '--quiet', '--detach'),
    cut: async (commit) => writeFileSync(join(folder, '.git', 'shallow'), `${commit}\n`),
  };
}
