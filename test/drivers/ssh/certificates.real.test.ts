import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { attempt } from '../../support/ssh/ssh-attempt.ts';
import { makeKey, startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

const types = {
  ed25519: ['-t', 'ed25519'],
  rsa: ['-t', 'rsa', '-b', '2048'],
  ecdsa256: ['-t', 'ecdsa', '-b', '256'],
  ecdsa384: ['-t', 'ecdsa', '-b', '384'],
  ecdsa521: ['-t', 'ecdsa', '-b', '521'],
} as const;

describe('SSH certificates', () => {
  before(needs('sshd', 'ssh-keygen', 'ssh-agent'));
  const folder = tempFolder();
  let sshd: Sshd;
  let agent: ChildProcess | undefined;
  const at = (name: string): string => join(folder(), name);
  const keygen = (...words: string[]): void => void execFileSync('ssh-keygen', ['-q', ...words]);
  /** A key of which the server knows nothing but who has signed it. */
  const signed = (name: string, type: keyof typeof types = 'ed25519', more: string[] = []): string => {
    keygen(...types[type], '-N', '', '-f', at(name));
    keygen('-s', at('ca'), '-I', name, '-n', sshd.user, ...more, `${at(name)}.pub`);
    return at(name);
  };
  const socket = (): string => at('agent.sock');
  const add = (...words: string[]): void =>
    void execFileSync('ssh-add', ['-q', ...words], {
      env: { ...process.env, SSH_AUTH_SOCK: socket() },
      stdio: 'ignore',
    });
  const configured = (name: string, ...lines: string[]): string => {
    writeFileSync(at(name), `${lines.join('\n')}\n`);
    return at(name);
  };

  before(async () => {
    keygen('-t', 'ed25519', '-N', '', '-f', at('ca'));
    sshd = await startSshd({
      folder: at('sshd'),
      accept: [makeKey(at('other'), 'ed25519')],
      config: [`TrustedUserCAKeys ${at('ca.pub')}`],
    });
    agent = spawn('ssh-agent', ['-D', '-a', socket()], { stdio: 'ignore' });
    await waitFor('the agent', () => existsSync(socket()));
  });
  afterEach(() => add('-D'));
  after(() => sshd?.stop());
  after(() => agent?.kill());

  for (const type of Object.keys(types) as (keyof typeof types)[]) {
    it(`${type}: beside its key`, async () => {
      const key = signed(`file-${type}`, type);
      expect(await attempt(sshd, { settings: { key } })).to.deep.include({ said: 'ok', message: '' });
      const config = configured(`config-${type}`, `IdentityFile ${key}`);
      expect(await attempt(sshd, { settings: { key: null, config } })).to.deep.include({
        said: 'ok',
        message: '',
      });
    });

    it(`${type}: in an agent, which holds the certificate alone`, async () => {
      const key = signed(`agent-${type}`, type);
      add(key);
      add('-d', `${key}.pub`);
      add(key);
      rmSync(`${key}-cert.pub`);
      rmSync(key);
      const env = { SSH_AUTH_SOCK: socket() };
      expect(await attempt(sshd, { settings: { key: null }, env })).to.deep.include({
        said: 'ok',
        message: '',
      });
    });

    it(`${type}: named by CertificateFile, its key in an agent`, async () => {
      const key = signed(`split-${type}`, type);
      copyFileSync(`${key}-cert.pub`, at(`elsewhere-${type}`));
      rmSync(`${key}-cert.pub`);
      add(key);
      rmSync(key);
      const config = configured(
        `split-config-${type}`,
        `IdentityFile ${key}`,
        `CertificateFile ${at(`elsewhere-${type}`)}`,
        'IdentitiesOnly yes',
      );
      const env = { SSH_AUTH_SOCK: socket() };
      expect(await attempt(sshd, { settings: { key: null, config }, env })).to.deep.include({
        said: 'ok',
        message: '',
      });
    });
  }

  it('leaves the key itself its turn, where the server takes no certificate', async () => {
    const key = signed('plain');
    const server = await startSshd({ folder: at('plain-sshd'), accept: [key] });
    try {
      expect(await attempt(server, { settings: { key } })).to.deep.include({ said: 'ok', message: '' });
    } finally {
      await server.stop();
    }
  });

  it('names the one that was refused', async () => {
    const key = signed('foreign', 'ed25519', ['-n', 'somebody']);
    const { said, message } = await attempt(sshd, { settings: { key } });
    expect(said).to.equal('ssh-auth');
    expect(message).to.match(new RegExp(`with the certificate ${key}-cert.pub, the key ${key}$`));
  });

  it('says why one was not offered', async () => {
    const ended = signed('ended', 'ed25519', ['-V', '20200101:20200102']);
    expect((await attempt(sshd, { settings: { key: ended } })).message).to.match(
      /not offered: the certificate \S+ended-cert\.pub \(it has ended 2020-01-0\S+: get a new one\)$/,
    );
    const early = signed('early', 'ed25519', ['-V', '20600101:20700101']);
    expect((await attempt(sshd, { settings: { key: early } })).message).to.match(
      /\(it begins 20(59|60)-\S+\)$/,
    );
    const host = signed('host', 'ed25519', ['-h']);
    expect((await attempt(sshd, { settings: { key: host } })).message).to.match(/\(it is one of a host\)$/);
    const alone = signed('alone');
    const config = configured('alone-config', `IdentityFile ${early}`, `CertificateFile ${alone}-cert.pub`);
    expect((await attempt(sshd, { settings: { key: null, config } })).message).to.match(
      /alone-cert\.pub \(its key is in no file and in no agent\)/,
    );
    const none = configured('none-config', `IdentityFile ${early}`, `CertificateFile ${at('ca.pub')}`);
    expect((await attempt(sshd, { settings: { key: null, config: none } })).message).to.match(
      /ca\.pub \(no certificate of an RSA, ECDSA or Ed25519 key\)/,
    );
  });
});
