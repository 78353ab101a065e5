import { join } from 'node:path';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import type { Host, Ssh } from '../../../src/ports/ports.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { hostContract } from './host.ts';

describe('host: by SSH', () => {
  before(needs('sshd', 'ssh-keygen'));
  const folder = tempFolder();
  const log = quietLog();
  let sshd: Sshd;
  let ssh: Ssh;
  let host: Host;
  before(async () => {
    sshd = await startSshd({ folder: join(folder(), 'sshd') });
    ssh = openSsh(sshSettings(sshd), { passphrase: null, log, home: folder(), env: {} });
    host = await ssh.host({ name: 'web-1', host: `${sshd.user}@${sshd.host}:${sshd.port}` });
  });
  after(() => ssh?.close());
  after(() => sshd?.stop());
  hostContract(() => ({ host, told: () => log.lines }));
});
