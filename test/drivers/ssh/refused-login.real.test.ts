import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { attempt } from '../../support/ssh/ssh-attempt.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';

/** What a server asks for, and what is said of it when a key alone does not do. */
const cases: readonly (readonly [what: string, config: readonly string[], says: RegExp])[] = [
  ['takes no keys', ['PubkeyAuthentication no'], /; it takes no keys, only password/],
  [
    'wants more than a key',
    ['AuthenticationMethods publickey,password'],
    /; the key is right, and it asks for password as well, which Canopy does not give/,
  ],
];

describe('a login that a server refuses', () => {
  before(needs('sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add'));
  const folder = tempFolder();
  let servers: Sshd[] = [];
  afterEach(async () => {
    for (const one of servers) await one.stop();
    servers = [];
  });
  const serve = async (name: string, config: readonly string[], passwords: boolean): Promise<Sshd> => {
    const sshd = await startSshd({ folder: join(folder(), name), config, passwords });
    servers.push(sshd);
    return sshd;
  };

  for (const [what, config, says] of cases)
    it(`is told by what it asks for, when it ${what}`, async () => {
      const { said, message } = await attempt(await serve(what.replaceAll(' ', '-'), config, true));
      expect(said).to.equal('ssh-auth');
      expect(message).to.match(says);
    });

  it('is told with the way out, when an agent has more keys than it lets be tried', async () => {
    const sshd = await serve('many', ['MaxAuthTries 3'], false);
    const socket = join(folder(), 'agent.sock');
    const text = execFileSync('ssh-agent', ['-a', socket], { encoding: 'utf8' });
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(text)?.[1]);
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      for (let at = 0; at < 6; at += 1) {
        const file = join(folder(), `other-${at}`);
        execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
        execFileSync('ssh-add', ['-q', file], { env, stdio: 'ignore' });
      }
      const { said, message } = await attempt(sshd, {
        settings: { key: null },
        env: { SSH_AUTH_SOCK: socket },
      });
      expect(said).to.equal('ssh-auth');
      expect(message).to.contain('after too many keys (MaxAuthTries)').and.contain('IdentitiesOnly yes');
    } finally {
      process.kill(pid);
    }
  });
});
