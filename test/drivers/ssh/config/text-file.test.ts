import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { readText } from '../../../../src/drivers/ssh/config/text-file.ts';
import { isCanopyError } from '../../../../src/errors.ts';
import { tempFolder } from '../../../support/temp.ts';

describe('a file that SSH reads', () => {
  const folder = tempFolder();
  let server: Server;
  before(async () => {
    writeFileSync(join(folder(), 'text'), 'Host web\n');
    symlinkSync('text', join(folder(), 'link'));
    symlinkSync('circle', join(folder(), 'circle'));
    mkdirSync(join(folder(), 'folder'));
    execFileSync('mkfifo', [join(folder(), 'fifo')]);
    writeFileSync(join(folder(), 'large'), '');
    truncateSync(join(folder(), 'large'), 17 * 1024 * 1024);
    server = createServer().listen(join(folder(), 'socket'));
    await new Promise((listens) => server.once('listening', listens));
  });
  after((done) => void server.close(done));
  const told = (name: string): string | null => {
    try {
      return readText(name.startsWith('/') ? name : join(folder(), name), false);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      return `${error.code} ${error.message.replace(`${folder()}/`, '')}`;
    }
  };

  const cases: Readonly<Record<string, string | null>> = {
    text: 'Host web\n',
    link: 'Host web\n',
    '/dev/null': '',
    none: null,
    'text/below a file': null,
    folder: 'ssh-file cannot use folder: it is a folder, not a file',
    fifo: 'ssh-file cannot use fifo: it is a FIFO, not a file',
    socket: 'ssh-file cannot use socket: it is a socket, not a file',
    '/dev/zero': 'ssh-file cannot use /dev/zero: it is a device, not a file',
    circle: 'ssh-file cannot use circle: its links lead in a circle',
    large: 'ssh-file cannot use large: it is larger than 16 MiB',
  };
  for (const [name, right] of Object.entries(cases))
    it(`${name}: ${right ?? 'is not there'}`, () => expect(told(name)).to.equal(right));
});
