import { expect } from 'chai';
import type { Git } from '../../src/ports/ports.ts';
import { thrown } from '../support/thrown.ts';

export interface GitSetting {
  readonly git: Git;
  /** Adds a commit and returns its hash. */
  commit(subject: string, author: string, time: number): Promise<string>;
  /** Changes a file without committing it. */
  touch(): Promise<void>;
  readonly folder: string;
  /** Makes it ignore all below out/, and the file note.log below über/. */
  ignore(): Promise<void>;
  /** Checks out the commit itself: no branch. */
  detach(): Promise<void>;
  /** Makes the clone shallow: it lacks what was before this commit. */
  cut(commit: string): Promise<void>;
}

/** What every Git port does; `make` gives a repository without a commit, on the branch main. */
export function gitContract(make: () => Promise<GitSetting>): void {
  const times = [1_700_000_000_000, 1_700_000_060_000, 1_700_000_120_000] as const;

  it('says that there is no commit yet', async () => {
    const { git } = await make();
    expect((await thrown(git.head())).code).to.equal('git-empty');
  });

  it('tells commit, branch, time and whether the tree is clean', async () => {
    const setting = await make();
    await setting.commit('first', 'Ann', times[0]);
    const commit = await setting.commit('second', 'Ann', times[1]);
    expect(await setting.git.head()).to.deep.equal({ commit, branch: 'main', time: times[1], dirty: false });
    await setting.touch();
    await setting.detach();
    expect(await setting.git.head()).to.deep.equal({ commit, branch: null, time: times[1], dirty: true });
  });

  it('tells what it ignores, nothing where it ignores nothing', async () => {
    const { git, commit, ignore, folder } = await make();
    await commit('first', 'Ann', times[0]);
    expect(await git.ignored(folder)).to.deep.equal([]);
    await ignore();
    expect(await git.ignored(folder)).to.deep.equal(['out/', 'über/note.log']);
  });

  it('lists the commits of a range, newest first', async () => {
    const setting = await make();
    const first = await setting.commit('first', 'Ann', times[0]);
    const second = await setting.commit('the second: "quotes", ünïcode', 'Bob B', times[1]);
    const third = await setting.commit('third', 'Ann', times[2]);
    expect(await setting.git.log(first, 'HEAD')).to.deep.equal({
      commits: [
        { commit: third, subject: 'third', author: 'Ann' },
        { commit: second, subject: 'the second: "quotes", ünïcode', author: 'Bob B' },
      ],
      cut: false,
    });
    expect((await setting.git.log('HEAD~1', third)).commits).to.have.length(1);
    expect(await setting.git.log('HEAD', 'HEAD')).to.deep.equal({ commits: [], cut: false });
  });

  it('tells that a range is cut where the clone ends, and only then', async () => {
    const setting = await make();
    const commits: string[] = [];
    for (const name of ['one', 'two', 'three', 'four'])
      commits.push(await setting.commit(name, 'Ann', times[0]));
    const [one = '', two = '', three = '', four = ''] = commits;
    await setting.cut(two);
    const names = async (from: string, to: string): Promise<unknown> => {
      const { commits: found, cut } = await setting.git.log(from, to);
      return [found.map(({ subject }) => subject), cut];
    };
    expect(await names(two, four)).to.deep.equal([['four', 'three'], false]);
    expect(await names(one, three)).to.deep.equal([['three', 'two'], true]);
    expect(await names(three, three)).to.deep.equal([[], false]);
  });

  it('tells when a commit was made, also the first and by a shortened hash', async () => {
    const setting = await make();
    const first = await setting.commit('first', 'Ann', times[0]);
    await setting.commit('second', 'Ann', times[1]);
    expect(await setting.git.time(first)).to.equal(times[0]);
    expect(await setting.git.time(first.slice(0, 7))).to.equal(times[0]);
    expect(await setting.git.time('HEAD')).to.equal(times[1]);
  });

  for (const ref of [
    '--help',
    '--output=/tmp/x',
    'a..b',
    'HEAD:file',
    ':/first',
    'HEAD~9',
    'nope',
    '',
    '-',
    'x\ny',
  ]) {
    it(`refuses the ref ${JSON.stringify(ref)}`, async () => {
      const setting = await make();
      await setting.commit('first', 'Ann', times[0]);
      expect((await thrown(setting.git.log(ref, 'HEAD'))).code).to.equal('git-ref');
      expect((await thrown(setting.git.log('HEAD', ref))).code).to.equal('git-ref');
      expect((await thrown(setting.git.time(ref))).code).to.equal('git-ref');
    });
  }
}
