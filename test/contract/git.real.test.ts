import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { openGit } from '../../src/drivers/git.ts';
import { gitContract } from './git.ts';
import { repository } from '../support/worlds/repository.ts';

describe('Git: the driver', () => {
  before(needs('git'));
  const folder = tempFolder();
  gitContract(async () => {
    const made = repository(folder());
    return { ...made, git: openGit(made.folder) };
  });
});
