import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../../src/shared/secret.ts';
import { needs } from '../../support/needs.ts';
import { attempt as attemptOn, type Tried, type Trial } from '../../support/ssh/ssh-attempt.ts';
import { makeKey, startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('SSH: who answers and who we are', () => {
  before(needs('sshd', 'ssh-keygen', 'ssh-agent'));
  const folder = tempFolder();
  let sshd: Sshd;
  let agent: ChildProcess | undefined;
  before(async () => {
    sshd = await startSshd({ folder: join(folder(), 'sshd'), hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
  });
  after(() => sshd?.stop());
  after(() => agent?.kill());

  const attempt = (trial: Trial & { readonly server?: Sshd } = {}): Promise<Tried> =>
    attemptOn(trial.server ?? sshd, trial);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder(), name), text);
    return join(folder(), name);
  };
  const hostKey = (type: string): string =>
    readFileSync(join(folder(), `sshd/host_${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  const named = (): string => `[${sshd.host}]:${sshd.port}`;

  it('logs in with a key to a host that is known', async () => {
    expect((await attempt()).said).to.equal('ok');
  });

  for (const type of ['ed25519', 'ecdsa', 'rsa'])
    it(`asks for the one key that is known: ${type}`, async () => {
      expect((await attempt({ settings: { hostKeys: [`${named()} ${hostKey(type)}`] } })).said).to.equal(
        'ok',
      );
    });

  it('finds a hashed entry', async () => {
    const known = file('hashed', `${named()} ${hostKey('ed25519')}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', known], { stdio: 'ignore' });
    expect(readFileSync(known, 'utf8')).to.match(/^\|1\|/);
    expect((await attempt({ settings: { hostKeys: [], knownHosts: [known] } })).said).to.equal('ok');
  });

  it('refuses a host that is not known, with its fingerprint and where it looked', async () => {
    const known = file('empty', '');
    const { said, message } = await attempt({ settings: { hostKeys: [], knownHosts: [known] } });
    expect(said).to.equal('ssh-host-key-unknown');
    const print = execFileSync('ssh-keygen', ['-lf', join(folder(), 'sshd/host_ed25519.pub')], {
      encoding: 'utf8',
    }).split(' ')[1];
    expect(message).to.include(print).and.to.include(known);
    expect(readFileSync(known, 'utf8')).to.equal('');
  });

  it('refuses a key that has changed, and names file and line', async () => {
    const other = readFileSync(`${makeKey(join(folder(), 'other'), 'ed25519')}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    const known = file('changed', `# comment\n\n${named()} ${other}\n`);
    const { said, message } = await attempt({
      settings: { hostKeys: [], knownHosts: [known], acceptNew: true },
    });
    expect(said).to.equal('ssh-host-key-changed');
    expect(message).to.include(`${known} line 3`);
  });

  it('refuses a key that is revoked, though it is known too', async () => {
    const known = file('revoked', `${named()} ${hostKey('ed25519')}\n@revoked * ${hostKey('ed25519')}\n`);
    const { said, message } = await attempt({ settings: { hostKeys: [], knownHosts: [known] } });
    expect(said).to.equal('ssh-host-key-revoked');
    expect(message).to.include(`${known} line 2`);
  });

  it('names the authority that does not count, and accepts no new key of its hosts', async () => {
    const known = file('authority', `# ours\n@cert-authority * ${hostKey('ecdsa')}\n`);
    for (const acceptNew of [false, true]) {
      const settings = { hostKeys: [], knownHosts: [known], acceptNew };
      const { said, message, told } = await attempt({ settings });
      expect(said).to.equal('ssh-host-key-unknown');
      expect(message).to.match(
        /@cert-authority of \S+authority line 2 does not count: Canopy reads no certificates of hosts$/,
      );
      expect(told.filter((line) => !line.startsWith('debug'))).to.deep.equal([]);
    }
    const both = file('both', `@cert-authority * ${hostKey('ecdsa')}\n${named()} ${hostKey('ed25519')}\n`);
    const { said, told } = await attempt({ settings: { hostKeys: [], knownHosts: [both] } });
    expect([said, told]).to.deep.equal(['ok', []]);
  });

  it('writes a new key down when it was asked to, and only then', async () => {
    const known = join(folder(), 'new/known_hosts');
    const settings = { hostKeys: [], knownHosts: [known] };
    expect((await attempt({ settings })).said).to.equal('ssh-host-key-unknown');
    expect(existsSync(known)).to.equal(false);
    const { said, told } = await attempt({ settings: { ...settings, acceptNew: true } });
    expect(said).to.equal('ok');
    expect(told.join('\n')).to.match(/wrote the new host key/);
    expect((await attempt({ settings })).said).to.equal('ok');
  });

  it('says with what it tried to log in', async () => {
    const key = makeKey(join(folder(), 'stranger'), 'ed25519');
    const { said, message } = await attempt({ settings: { key } });
    expect(said).to.equal('ssh-auth');
    expect(message).to.equal(`127.0.0.1 did not accept ${sshd.user} with the key ${key}`);
  });

  it('says what is wrong with a key file', async () => {
    expect((await attempt({ settings: { key: join(folder(), 'absent') } })).message).to.match(
      /absent: there is no such file/,
    );
    expect((await attempt({ settings: { key: `${sshd.keyFile}.pub` } })).message).to.match(/public key/);
    expect((await attempt({ settings: { key: file('junk', 'junk') } })).said).to.equal('ssh-key-file');
  });

  it('mends Windows line ends and a missing last newline of a key', async () => {
    const key = file('windows', readFileSync(sshd.keyFile, 'utf8').trim().replaceAll('\n', '\r\n'));
    expect((await attempt({ settings: { key } })).said).to.equal('ok');
  });

  it('uses an encrypted key with its passphrase, and says when that is missing or wrong', async () => {
    const server = await startSshd({ folder: join(folder(), 'locked'), passphrase: 'open sesame' });
    try {
      expect((await attempt({ server, passphrase: new Secret('open sesame') })).said).to.equal('ok');
      expect((await attempt({ server })).message).to.match(/encrypted and no passphrase was given/);
      const wrong = await attempt({ server, passphrase: new Secret('closed') });
      expect(wrong.message).to.match(/the passphrase does not fit/);
      expect(JSON.stringify(wrong)).not.to.include('closed');
    } finally {
      await server.stop();
    }
  });

  it('uses an agent, and goes on without one that does not answer', async () => {
    const socket = join(folder(), 'agent.sock');
    agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    await waitFor('the agent', () => existsSync(socket));
    execFileSync('ssh-add', ['-q', sshd.keyFile], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });
    expect((await attempt({ settings: { key: null }, env: { SSH_AUTH_SOCK: socket } })).said).to.equal('ok');
    // The key lives in the agent alone: on the disk is its public half.
    const [half, beside] = [join(folder(), 'half.pub'), join(folder(), 'beside')];
    for (const path of [half, `${beside}.pub`]) copyFileSync(`${sshd.keyFile}.pub`, path);
    const other = makeKey(join(folder(), 'other_half'), 'ed25519');
    const inAgent = async (identity: string): Promise<Tried> => {
      const only = file('only', `IdentitiesOnly yes\nIdentityFile ${identity}\n`);
      return attempt({ settings: { key: null, config: only }, env: { SSH_AUTH_SOCK: socket } });
    };
    for (const identity of [half, beside]) expect((await inAgent(identity)).said, identity).to.equal('ok');
    expect((await inAgent(`${other}.pub`)).message).to.equal(
      `127.0.0.1 did not accept ${sshd.user} with the agent at ${socket}, ${other}.pub (no private key)`,
    );
    const alone = file('alone', `IdentityFile ${half}\n`);
    const without = await attempt({ settings: { key: null, config: alone } });
    expect([without.said, without.message]).to.deep.equal([
      'ssh-key-file',
      `cannot use the SSH key ${half}: ${half} (no private key)`,
    ]);
    const config = file('with_key', `IdentityFile ${sshd.keyFile}\n`);
    const dead = { SSH_AUTH_SOCK: join(folder(), 'dead.sock') };
    expect((await attempt({ settings: { key: null, config }, env: dead })).said).to.equal('ok');
    const none = await attempt({ settings: { key: null }, env: dead });
    expect([none.said, none.message]).to.deep.equal([
      'ssh-auth',
      `127.0.0.1 did not accept ${sshd.user} with the agent at ${dead.SSH_AUTH_SOCK}`,
    ]);
    expect((await attempt({ settings: { key: null } })).message).to.match(
      /nothing: there is no agent and no key/,
    );
  });
});
