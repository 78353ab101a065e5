import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles } from '../../src/drivers/files.ts';
import { fakeFiles } from '../fakes/files.ts';
import { tempFolder } from '../support/temp.ts';
import { filesContract } from './files.ts';

describe('Files: the fake', () => filesContract(async () => fakeFiles('/app/folder')));

describe('Files: the driver', () => {
  const folder = tempFolder();
  filesContract(async () => openFiles(await mkdtemp(join(folder(), 'files-'))));
});
