import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../../src/shared/secret.ts';
import { needs } from '../../support/needs.ts';
import { attempt } from '../../support/ssh/ssh-attempt.ts';
import { makeKey, startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

const word = 'open sesame';

function sized(text: string | Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return Buffer.concat([size, Buffer.from(text)]);
}

describe('SSH keys of every kind that OpenSSH makes', () => {
  before(needs('sshd', 'ssh-keygen', 'ssh-agent'));
  const folder = tempFolder();
  let sshd: Sshd;
  let strict: Sshd;
  let agent: ChildProcess | undefined;
  const at = (name: string): string => join(folder(), name);
  const keygen = (...words: string[]): void => void execFileSync('ssh-keygen', ['-q', ...words]);
  const rsa = (): string => makeKey(at('rsa'), 'rsa');

  before(async () => {
    const files: string[] = [];
    for (const [type, ...bits] of [
      ['rsa', '-b', '2048'],
      ['ecdsa', '-b', '256'],
      ['ecdsa', '-b', '384'],
      ['ecdsa', '-b', '521'],
      ['ed25519'],
    ])
      for (const form of ['RFC4716', 'PEM', 'PKCS8'])
        for (const secret of ['', word]) {
          const file = at(`${type}${bits[1] ?? ''}-${form}${secret === '' ? '' : '-locked'}`);
          keygen('-t', type ?? '', ...bits, '-m', form, '-N', secret, '-f', file);
          files.push(file);
        }
    // OpenSSH reads ed25519 in PKCS#8, openssl writes it.
    for (const [name, cipher] of [
      ['openssl', undefined],
      ['openssl-locked', 'aes-256-cbc'],
    ] as const) {
      const { privateKey } = generateKeyPairSync('ed25519');
      const lock = cipher ? { cipher, passphrase: word } : {};
      writeFileSync(at(name), privateKey.export({ type: 'pkcs8', format: 'pem', ...lock }), { mode: 0o600 });
      const { fromPkcs8 } = await import('../../../src/drivers/ssh/keys/pkcs8.ts');
      writeFileSync(at('plain'), fromPkcs8(readFileSync(at(name), 'utf8'), word), { mode: 0o600 });
      writeFileSync(at(`${name}.pub`), execFileSync('ssh-keygen', ['-y', '-f', at('plain')]));
      files.push(at(name));
    }
    sshd = await startSshd({ folder: at('sshd'), accept: files });
    strict = await startSshd({
      folder: at('strict'),
      accept: [rsa()],
      config: ['PubkeyAcceptedAlgorithms rsa-sha2-512'],
    });
    agent = spawn('ssh-agent', ['-D', '-a', at('agent.sock')], { stdio: 'ignore' });
    await waitFor('the agent', () => existsSync(at('agent.sock')));
  });
  after(() => Promise.all([sshd?.stop(), strict?.stop()]));
  after(() => agent?.kill());

  for (const type of ['rsa2048', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'ed25519'])
    for (const form of ['RFC4716', 'PEM', 'PKCS8'])
      it(`${type} in the form ${form}, plain and locked`, async () => {
        expect((await attempt(sshd, { settings: { key: at(`${type}-${form}`) } })).said).to.equal('ok');
        const key = at(`${type}-${form}-locked`);
        expect((await attempt(sshd, { settings: { key }, passphrase: new Secret(word) })).said).to.equal(
          'ok',
        );
        expect((await attempt(sshd, { settings: { key } })).message).to.match(/no passphrase was given/);
        const wrong = await attempt(sshd, { settings: { key }, passphrase: new Secret('shut') });
        expect(wrong.message).to.equal(`cannot use the SSH key ${key}: the passphrase does not fit`);
      });

  it('ed25519 as openssl writes it, plain and locked', async () => {
    expect((await attempt(sshd, { settings: { key: at('openssl') } })).said).to.equal('ok');
    const trial = { settings: { key: at('openssl-locked') }, passphrase: new Secret(word) };
    expect((await attempt(sshd, trial)).said).to.equal('ok');
  });

  it('RSA where the server takes SHA-512 alone, by file and by agent', async () => {
    expect((await attempt(strict, { settings: { key: rsa() } })).said).to.equal('ok');
    const config = at('identity');
    writeFileSync(config, `IdentityFile ${rsa()}\n`);
    expect((await attempt(strict, { settings: { key: null, config } })).said).to.equal('ok');
    const env = { SSH_AUTH_SOCK: at('agent.sock') };
    execFileSync('ssh-add', ['-q', rsa()], { env: { ...process.env, ...env }, stdio: 'ignore' });
    expect((await attempt(strict, { settings: { key: null }, env })).said).to.equal('ok');
  });

  it('names a key of a security token, and what to do', async () => {
    const type = 'sk-ssh-ed25519@openssh.com';
    const open = Buffer.concat([sized(type), sized(Buffer.alloc(32)), sized('ssh:')]);
    const inner = Buffer.concat([
      Buffer.alloc(8),
      open,
      Buffer.from([1]),
      sized('handle'),
      sized(''),
      sized(''),
    ]);
    const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8));
    const whole = Buffer.concat([
      ...[
        Buffer.from('openssh-key-v1\0'),
        sized('none'),
        sized('none'),
        sized(''),
        Buffer.from([0, 0, 0, 1]),
      ],
      ...[sized(open), sized(Buffer.concat([inner, padding]))],
    ]).toString('base64');
    const key = at('token');
    writeFileSync(key, `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole}\n-----END OPENSSH PRIVATE KEY-----\n`);
    expect((await attempt(sshd, { settings: { key } })).message).to.equal(
      `cannot use the SSH key ${key}: sk-ssh-ed25519 is a key of a security token, which Canopy cannot ask: name a key without one`,
    );
  });

  it('logs in where only what OpenSSH takes by default is taken, and names what is not in common', async () => {
    const modern = await startSshd({
      folder: at('modern'),
      accept: [rsa()],
      config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
    });
    try {
      const { said, message } = await attempt(modern, { settings: { key: rsa() } });
      expect([said, message]).to.deep.equal([
        'ssh-algorithms',
        `127.0.0.1 port ${modern.port} and Canopy have no key exchange algorithm in common`,
      ]);
    } finally {
      await modern.stop();
    }
  });
});
