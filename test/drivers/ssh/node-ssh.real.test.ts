import { join } from 'node:path';
import { expect } from 'chai';
import { NodeSSH } from 'node-ssh';
import { needs } from '../../support/needs.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';

/**
 * Why the driver talks to ssh2 itself (docs/decisions/0008-start-up.md): node-ssh beside it, on the same server. When one of
 * these no longer holds in a newer version, look at the decision again.
 */
describe('node-ssh, which the driver does not use', () => {
  const temp = tempFolder();
  let sshd: Sshd;
  let ssh: NodeSSH;
  before(needs('sshd'));
  before(async () => {
    sshd = await startSshd({ folder: join(temp(), 'sshd') });
    ssh = await new NodeSSH().connect({
      host: sshd.host,
      port: sshd.port,
      username: sshd.user,
      privateKeyPath: sshd.keyFile,
    });
    // It leaves the connection without a listener: a reset after its end would be nobody's, and end the program.
    ssh.connection?.on('error', () => undefined);
  });
  after(async () => {
    ssh?.dispose();
    await sshd?.stop();
  });

  it('takes any word on stderr for a failure, though the command succeeds', async () => {
    const error = await ssh.exec('sh', ['-c', 'echo note >&2; exit 0']).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.contain('note');
  });

  it('takes a command that fails in silence for a success', async () => {
    expect(await ssh.exec('sh', ['-c', 'echo out; exit 3'])).to.equal('out');
  });

  it('goes on where its folder does not exist', async () => {
    const { code, stdout } = await ssh.execCommand('pwd', { cwd: '/no/such/folder' });
    expect(code).to.equal(0);
    expect(stdout).not.to.contain('/no/such/folder');
  });
});
