import { fakeGit, type FakeCommit } from '../fakes/git.ts';
import { gitContract } from './git.ts';

describe('Git: the fake', () =>
  gitContract(async () => {
    const git = fakeGit([]);
    return {
      git,
      folder: '/repo',
      ignore: async () => void git.ignores.push('out/', 'über/note.log'),
      commit: async (subject, author, time) => {
        const made: FakeCommit = { commit: String(git.commits.length + 1).repeat(40), subject, author, time };
        git.commits.push(made);
        return made.commit;
      },
      touch: async () => void (git.dirty = true),
      detach: async () => void (git.branch = null),
      cut: async (commit) => void git.ends.add(commit),
    };
  }));
