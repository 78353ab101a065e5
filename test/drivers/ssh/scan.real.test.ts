import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { openKeyScan } from '../../../src/drivers/ssh/scan.ts';
import { CanopyError } from '../../../src/errors.ts';
import { needs } from '../../support/needs.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { freePort, tempFolder } from '../../support/temp.ts';

describe('scan of host keys', () => {
  const temp = tempFolder();
  let sshd: Sshd;
  before(needs('sshd', 'ssh-keygen'));
  before(async () => {
    sshd = await startSshd({ folder: join(temp(), 'sshd') });
  });
  after(() => sshd?.stop());
  const scan = (address: string) =>
    openKeyScan({ config: '/dev/null', home: temp(), env: {} }, 3000).scan(address);

  it('tells the fingerprint that ssh-keygen tells, and the line of known_hosts', async () => {
    const key = await scan(`nobody@127.0.0.1:${sshd.port}`);
    const told = execFileSync('ssh-keygen', ['-lf', `${sshd.hostKeyFiles[0]}.pub`], { encoding: 'utf8' });
    expect(told.split(' ')[1]).to.equal(key.fingerprint);
    expect(key.line).to.equal(sshd.knownHostsLine.trim().split(' ').slice(0, 3).join(' '));
  });

  it('says why there is no key', async () => {
    const error = await scan(`127.0.0.1:${await freePort()}`).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(CanopyError).with.property('code', 'ssh-refused');
  });
});
