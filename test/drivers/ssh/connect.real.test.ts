import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, script } from '../../../src/commands/core/command.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import type { CanopyError } from '../../../src/errors.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { attempt as attemptOn, type Tried, type Trial } from '../../support/ssh/ssh-attempt.ts';
import { descendants, startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { freePort, tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('SSH connections', () => {
  before(needs('sshd', 'ssh-keygen'));
  const folder = tempFolder();
  let sshd: Sshd;
  before(async () => {
    sshd = await startSshd({ folder: join(folder(), 'sshd') });
  });
  after(() => sshd?.stop());

  const attempt = (trial: Trial & { readonly server?: Sshd } = {}): Promise<Tried> =>
    attemptOn(trial.server ?? sshd, trial);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder(), name), text);
    return join(folder(), name);
  };
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

  it('reads aliases of the OpenSSH configuration', async () => {
    const inner = file('included', `Host web\n  HostName ${sshd.host}\n  Port ${sshd.port}\n`);
    const text = `Include ${inner}\nHost *\n  User ${sshd.user}\n  IdentityFile ${sshd.keyFile}\n`;
    const config = file('config', `${text}  KnownHostsCommand /bin/false\n`);
    const { said, told } = await attempt({ settings: { key: null, config }, address: 'web' });
    expect(said).to.equal('ok');
    expect(told.join('\n')).to.match(/warn .*config line 5: KnownHostsCommand is left out/);
    const strange = file('strange', `${text}  Frobnicate yes\n`);
    const refused = await attempt({ settings: { key: null, config: strange }, address: 'web' });
    expect(refused.message).to.match(/strange line 5: frobnicate is not known/);
  });

  it('knows a host by HostKeyAlias, whatever its port', async () => {
    const config = file(
      'alias',
      `Host web\n  HostName ${sshd.host}\n  Port ${sshd.port}\n  HostKeyAlias Fleet\n`,
    );
    const key = sshd.knownHostsLine.split(' ').slice(1).join(' ');
    const settings = { config, hostKeys: [`fleet ${key}`] };
    expect((await attempt({ settings, address: `${sshd.user}@web` })).said).to.equal('ok');
    const other = { config, hostKeys: [sshd.knownHostsLine] };
    const { said, message } = await attempt({ settings: other, address: `${sshd.user}@web` });
    expect([said, message]).to.deep.equal([
      'ssh-host-key-unknown',
      message.replace(/host key of \S+/, 'host key of fleet'),
    ]);
  });

  it('connects by the kind of address and from the address that are asked for', async () => {
    const host = `Host web\n  HostName ${sshd.host}\n  Port ${sshd.port}\n`;
    const config = file('from', `${host}  BindAddress 127.0.0.7\n  AddressFamily inet\n`);
    expect((await attempt({ settings: { config }, address: `${sshd.user}@web` })).said).to.equal('ok');
    expect(sshd.log()).to.contain('Connection from 127.0.0.7');
    const six = file('six', `${host.replace(sshd.host, 'localhost')}  AddressFamily inet6\n`);
    expect((await attempt({ settings: { config: six }, address: `${sshd.user}@web` })).said).not.to.equal(
      'ok',
    );
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

  it('says which machine on the way leads nowhere', async () => {
    const server = await startSshd({ folder: join(folder(), 'closed'), forwarding: false });
    try {
      const inner = `Host inner\n  HostName 127.0.0.1\n  Port 1\n  ProxyJump ${server.user}@${server.host}:${server.port}\n`;
      const hostKeys = [server.knownHostsLine];
      const settings = { config: file('leads-nowhere', inner), hostKeys, key: server.keyFile };
      const { said, message } = await attempt({ address: 'inner', settings });
      expect(said).to.equal('ssh-jump');
      expect(message).to.contain(`${server.port} leads to no other machine`);
    } finally {
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
      for (const pid of descendants(sshd.pid).reverse()) process.kill(pid, 'SIGKILL');
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
