import { expect } from 'chai';
import { newestArtifact, tellOlder } from '../../src/artifact/index.ts';
import { fail } from '../../src/errors.ts';
import { fakeFiles } from '../fakes/files.ts';
import { fakeGit } from '../fakes/git.ts';

const head = '1a2b3c4'.padEnd(40, 'd');
const of = (commit: string): string => `20261121093000-${commit}-9f8e7d`;
const committed = (commit: string) => [{ commit, subject: 's', author: 'a', time: 0 }];

/** `latest`: the text of latest.json; null: nothing was packaged. */
const opened = (latest: string | null, commits = committed(head)) => ({
  files: async () => fakeFiles('/w', latest === null ? {} : { '/w/.canopy/artifacts/latest.json': latest }),
  git: async () => fakeGit(commits),
});
const named = (id: string): string => JSON.stringify({ format: 1, id, path: 'x' });

describe('the newest artifact beside the commit that is checked out', () => {
  it('is of that commit', async () => {
    expect(await newestArtifact('/w', opened(named(of('1a2b3c4'))))).to.deep.equal({
      id: of('1a2b3c4'),
      commit: '1a2b3c4',
      head,
      behind: false,
    });
  });

  it('is of another one: somebody forgot to package', async () => {
    const found = await newestArtifact('/w', opened(named(of('0000000'))));
    expect(found).to.include({ commit: '0000000', head, behind: true });
  });

  for (const [what, open] of [
    ['nothing was packaged', opened(null)],
    ['what names it cannot be read', opened('{')],
    ['its name tells no commit', opened(named('by-hand'))],
    ['there is no commit', opened(named(of('1a2b3c4')), [])],
    [
      'there is no git',
      {
        ...opened(named(of('1a2b3c4'))),
        git: async () => {
          throw fail('git-missing', { reason: 'ENOENT' });
        },
      },
    ],
    [
      'the files cannot be read',
      {
        ...opened(null),
        files: async () => {
          throw fail('file-failed', { what: 'read', file: 'x', reason: 'permission denied' });
        },
      },
    ],
  ] as const)
    it(`is not compared when ${what}`, async () => {
      expect(await newestArtifact('/w', open)).to.equal(null);
    });

  it('hides no mistake of ours', async () => {
    const broken = { ...opened(null), files: () => Promise.reject(new TypeError('a mistake')) };
    expect(await newestArtifact('/w', broken).catch((error: unknown) => error)).to.be.instanceOf(TypeError);
  });

  it('is told in words, with the commits and the command', async () => {
    expect(await tellOlder(head, opened(null))).to.equal(null);
    expect(await tellOlder('1a2b3c4', opened(null))).to.equal(null);
    expect(await tellOlder('0'.repeat(40), opened(null))).to.equal(
      'is of commit 0000000, checked out is 1a2b3c4: canopy package makes one of that',
    );
    expect(await tellOlder('0000000', opened(null, []))).to.equal(null);
  });
});
