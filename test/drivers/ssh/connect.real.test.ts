import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, script } from '../../../src/commands/command.ts';
import type { SshConfig } from '../../../src/config/types.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import { CanopyError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh-settings.ts';
import { descendants, makeKey, startSshd, type Sshd } from '../../support/sshd.ts';
import { freePort, tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('SSH connections', () => {
  before(needs('sshd', 'ssh-keygen', 'ssh-agent'));
  const folder = tempFolder();
  let sshd: Sshd;
  let agent: ChildProcess | undefined;
  before(async () => {
    sshd = await startSshd({ folder: join(folder(), 'sshd'), hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
  });
  after(() => sshd?.stop());
  after(() => agent?.kill());

  interface Trial {
    readonly settings?: Partial<SshConfig>;
    readonly address?: string;
    readonly passphrase?: Secret;
    readonly env?: Record<string, string>;
    readonly server?: Sshd;
  }
  /** Connects, runs one command, closes; gives `ok` or the error's code and message. */
  async function attempt({ settings, address, passphrase, env, server = sshd }: Trial = {}): Promise<{
    said: string;
    message: string;
    told: readonly string[];
  }> {
    const log = quietLog();
    const ssh = openSsh(sshSettings(server, settings), {
      passphrase: passphrase ?? null,
      log,
      home: folder(),
      env: env ?? {},
    });
    try {
      const host = await ssh.host({
        name: 'web-1',
        host: address ?? `${server.user}@${server.host}:${server.port}`,
      });
      const ran = await host.run({ command: argv('echo', 'hello'), effect: 'read', title: 'greet' });
      return { said: ran.stdout === 'hello\n' ? 'ok' : JSON.stringify(ran), message: '', told: log.lines };
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      return { said: error.code, message: error.message, told: log.lines };
    } finally {
      await ssh.close();
    }
  }
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

  it('says that nobody listens', async () => {
    const port = await freePort();
    const { said, message } = await attempt({ address: `127.0.0.1:${port}` });
    expect([said, message]).to.deep.equal(['ssh-refused', `connection refused by 127.0.0.1 port ${port}`]);
  });

  it('gives up at the time limit when a server says nothing', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const { said, message } = await attempt({
      address: `127.0.0.1:${port}`,
      settings: { connectTimeoutMs: 300 },
    });
    mute.close();
    expect([said, message]).to.deep.equal([
      'ssh-timeout',
      `no connection to 127.0.0.1 port ${port} within 300 ms`,
    ]);
  });

  it('says that a server hangs up, and that a name does not resolve', async () => {
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as { port: number };
    expect((await attempt({ address: `127.0.0.1:${port}` })).said).to.equal('ssh-unreachable');
    rude.close();
    expect((await attempt({ address: 'no-such-host.invalid' })).said).to.equal('ssh-unreachable');
  });

  it('says with what it tried to log in', async () => {
    const key = makeKey(join(folder(), 'stranger'), 'ed25519');
    const { said, message } = await attempt({ settings: { key } });
    expect(said).to.equal('ssh-auth');
    expect(message).to.equal(`127.0.0.1 did not accept ${sshd.user} with the key ${key}`);
  });

  it('says what is wrong with a key file', async () => {
    expect((await attempt({ settings: { key: join(folder(), 'absent') } })).message).to.match(
      /absent: ENOENT/,
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

  it('reads aliases of the OpenSSH configuration', async () => {
    file('included', `Host web\n  HostName ${sshd.host}\n  Port ${sshd.port}\n`);
    const config = file(
      'config',
      `Include included\nHost *\n  User ${sshd.user}\n  IdentityFile ${sshd.keyFile}\n  Frobnicate yes\n`,
    );
    const { said, told } = await attempt({ settings: { key: null, config }, address: 'web' });
    expect(said).to.equal('ok');
    expect(told.join('\n')).to.match(/warn .*config line 5: frobnicate/);
  });

  it('goes through another machine, with the keys of both checked', async () => {
    const inner = await startSshd({ folder: join(folder(), 'inner'), accept: [sshd.keyFile] });
    try {
      const config = file(
        'jump',
        `Host inner\n  HostName ${inner.host}\n  Port ${inner.port}\n  ProxyJump ${sshd.user}@${sshd.host}:${sshd.port}\n`,
      );
      const both = [sshd.knownHostsLine, inner.knownHostsLine];
      const trial = { address: 'inner', settings: { config, hostKeys: both } };
      expect((await attempt(trial)).said).to.equal('ok');
      expect(sshd.log())
        .to.include(`connect_to`.slice(0, 0))
        .and.to.match(/Accepted publickey/);
      for (const line of both) {
        const { said } = await attempt({
          ...trial,
          settings: { config, hostKeys: both.filter((other) => other !== line) },
        });
        expect(said).to.equal('ssh-host-key-unknown');
      }
    } finally {
      await inner.stop();
    }
    const config = file(
      'gone',
      `Host inner\n  HostName 127.0.0.1\n  Port ${inner.port}\n  ProxyJump ${sshd.user}@${sshd.host}:${sshd.port}\n`,
    );
    expect((await attempt({ address: 'inner', settings: { config } })).message).to.match(
      /through .*: Connection refused/,
    );
  });

  it('sees a circle of machines, and refuses to run a program', async () => {
    const circle = file('circle', 'Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n');
    expect((await attempt({ address: 'a', settings: { config: circle } })).message).to.match(/circle/);
    const proxy = file('proxy', 'Host a\n  ProxyCommand nc %h %p\n');
    expect((await attempt({ address: 'a', settings: { config: proxy } })).message).to.equal(
      `${proxy} line 2: ProxyCommand is not supported, it would run a program`,
    );
  });

  it('says that the server forbids connections of its own', async () => {
    const server = await startSshd({ folder: join(folder(), 'closed'), forwarding: false });
    const ssh = openSsh(sshSettings(server), { passphrase: null, log: quietLog(), home: folder(), env: {} });
    try {
      const host = await ssh.host({ name: 'web-1', host: `${server.user}@${server.host}:${server.port}` });
      const options = { effect: 'read', timeoutMs: 2000 } as const;
      const failure = async (work: Promise<unknown>): Promise<unknown> =>
        work.then(
          () => 'ok',
          (error: CanopyError) => error.code,
        );
      expect(await failure(host.get('http://127.0.0.1:1/', options))).to.equal('ssh-forward');
      expect(await failure(host.connects('127.0.0.1', 1, options))).to.equal('ssh-forward');
    } finally {
      await ssh.close();
      await server.stop();
    }
  });

  it('says that the connection was lost, and connects anew at the next use', async () => {
    const ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: folder(), env: {} });
    try {
      const host = await ssh.host({ name: 'web-1', host: `${sshd.user}@${sshd.host}:${sshd.port}` });
      const begun: string[] = [];
      const running = host.run({
        command: script('echo in; sleep 20'),
        effect: 'change',
        title: 'switch',
        onLine: (line) => begun.push(line),
      });
      await waitFor('the command to begin', () => begun.length === 1);
      for (const pid of descendants(sshd.pid)) process.kill(pid, 'SIGKILL');
      const lost = await running.then(
        () => null,
        (error: CanopyError) => error,
      );
      expect(lost?.message).to.equal('the connection to web-1 was lost while it ran: switch');
      const again = await host.run({ command: argv('echo', 'again'), effect: 'read', title: 'greet' });
      expect(again.stdout).to.equal('again\n');
    } finally {
      await ssh.close();
    }
  });

  it('opens one connection for many calls, and none after the end', async () => {
    const record = join(folder(), 'record');
    const server = await startSshd({ folder: join(folder(), 'counted'), record });
    appendFileSync(record, '');
    const ssh = openSsh(sshSettings(server), { passphrase: null, log: quietLog(), home: folder(), env: {} });
    try {
      const address = `${server.user}@${server.host}:${server.port}`;
      const hosts = await Promise.all(['a', 'b', 'c'].map((name) => ssh.host({ name, host: address })));
      await Promise.all(
        hosts.map((host, at) =>
          host.run({ command: argv('echo', `it's ${at}`), effect: 'read', title: 'greet' }),
        ),
      );
      expect(server.log().match(/Accepted publickey/g)).to.have.length(1);
      expect(server.commands().sort()).to.deep.equal([0, 1, 2].map((at) => `echo 'it'\\''s ${at}'`));
    } finally {
      await ssh.close();
      await server.stop();
    }
  });
});
