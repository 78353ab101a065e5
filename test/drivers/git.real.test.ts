import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openGit } from '../../src/drivers/git.ts';
import { needs } from '../support/needs.ts';
import { repository } from '../support/worlds/repository.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';

describe('drivers/git', () => {
  before(needs('git'));
  const folder = tempFolder();

  it('says that a folder is no repository', async () => {
    const plain = mkdtempSync(join(folder(), 'plain-'));
    const error = await thrown(openGit(plain).head());
    expect(error.code).to.equal('git-none');
    expect(error.message).to.contain(plain);
  });

  it('says that git is missing', async () => {
    const { folder: repo } = repository(folder());
    expect((await thrown(openGit(repo, { PATH: '/nonexistent' }).head())).code).to.equal('git-missing');
    expect((await thrown(openGit(join(repo, 'none')).head())).code).to.equal('git-missing');
  });

  it('is led nowhere else by GIT_DIR and the like', async () => {
    const here = repository(folder());
    const other = repository(folder());
    const commit = await here.commit('here');
    await other.commit('other');
    const env = {
      ...process.env,
      GIT_DIR: join(other.folder, '.git'),
      GIT_EDITOR: 'vi',
      GIT_SSH_COMMAND: 'x',
    };
    expect((await openGit(here.folder, env).head()).commit).to.equal(commit);
  });

  it('does not take its own folder for a change, at any depth', async () => {
    const { folder: repo, commit } = repository(folder());
    await commit('first');
    for (const path of ['.canopy/artifacts', 'shop/.canopy'])
      mkdirSync(join(repo, path), { recursive: true });
    writeFileSync(join(repo, '.canopy/artifacts/x.tgz'), '');
    expect((await openGit(repo).head()).dirty).to.be.false;
    writeFileSync(join(repo, 'file'), 'changed');
    expect((await openGit(repo).head()).dirty).to.be.true;
  });
});
