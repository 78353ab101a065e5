import { join } from 'node:path';
import { expect } from 'chai';
import { argv, script, user } from '../../../src/commands/core/command.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import { isCanopyError } from '../../../src/errors.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { startSshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';

describe('what answers in place of a login shell', () => {
  before(needs('sshd', 'ssh-keygen'));
  const folder = tempFolder();
  let count = 0;

  /** The exit code, or the error, of a command that a server handles in that way. */
  async function answer(forced: string, command = script('echo out')): Promise<unknown> {
    const at = join(folder(), String((count += 1)));
    const sshd = await startSshd({ folder: at, config: [`ForceCommand ${forced}`] });
    const ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: at, env: {} });
    try {
      const host = await ssh.host({
        name: 'web-1',
        host: `root@${sshd.host}:${sshd.port}`.replace('root', sshd.user),
      });
      const ran = await host.run({ command, effect: 'change', title: 'try it' });
      return [ran.code, ran.stdout, ran.stderr];
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      return [error.code, error.message.replace(sshd.user, 'USER')];
    } finally {
      await ssh.close();
      await sshd.stop();
    }
  }
  const refused = (said: string, code = 0): [string, string] => [
    'ssh-shell',
    `web-1: the login shell of USER starts no sh (exit code ${code}): ${said}`,
  ];
  const asked = 'sh -c "$SSH_ORIGINAL_COMMAND"';

  it('is no success for its exit code 0', async () => {
    expect(await answer('true')).to.deep.equal(refused('it printed nothing'));
    expect(await answer('true', user('echo out'))).to.deep.equal(refused('it printed nothing'));
    expect(await answer('cat', user('echo out'))).to.have.property('0', 'ssh-shell');
  });

  it('is told with its last words', async () => {
    expect(await answer('echo hello; echo closed today; exit 1')).to.deep.equal(refused('closed today', 1));
    expect(await answer('echo "hello"; echo "no such account" >&2; exit 254')).to.deep.equal(
      refused('no such account', 254),
    );
  });

  it('may say what it likes before and after, and end as it likes', async () => {
    expect(
      await answer(`echo hello; echo warning >&2; ${asked}; echo bye; echo logout >&2; exit 7`),
    ).to.deep.equal([0, 'out\n', '']);
    expect(await answer(`${asked}; exit 0`, script('echo out; echo err >&2; exit 75'))).to.deep.equal([
      75,
      'out\n',
      'err\n',
    ]);
  });

  it('is not believed when the end of a command does not come', async () => {
    const cut = `(${asked}) 2>&1 | head -n 1; exit 0`;
    expect(await answer(cut)).to.deep.equal([
      'remote-cut',
      'web-1: exit code 0, but the command has not come to its end (try it)',
    ]);
  });

  it('is believed when it tells that something has ended the command', async () => {
    expect(await answer(`${asked}; exit 137`, script('kill -9 $PPID $(ps -o ppid= $PPID)'))).to.have.property(
      '0',
      137,
    );
  });

  it('has an end of its own for a program that is not there', async () => {
    expect(await answer(asked, argv('no-such-program'))).to.have.property('0', 127);
  });
});
