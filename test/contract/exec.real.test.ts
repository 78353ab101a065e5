import { openExec } from '../../src/drivers/exec/exec.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { execContract } from './exec.ts';

describe('Exec: the driver', () => {
  before(needs('sh', 'setsid'));
  const folder = tempFolder();
  execContract(async () => ({ cwd: folder(), exec: openExec({ env: process.env, hide: [] }) }));
});
