import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openSettings } from '../../../../src/drivers/ssh/config/settings.ts';
import type { Resolved } from '../../../../src/drivers/ssh/config/resolved.ts';
import type { CanopyError } from '../../../../src/errors.ts';
import { needs } from '../../../support/needs.ts';
import { tempFolder } from '../../../support/temp.ts';
import { thrown } from '../../../support/thrown.ts';

const { homedir, username, uid } = userInfo();

interface Asked {
  readonly home?: string;
  readonly path?: string;
  readonly address?: string;
}

describe('settings of OpenSSH, asked of ssh -G where it is installed', () => {
  before(needs('ssh'));
  const folder = tempFolder();
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder(), name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode });
    chmodSync(path, mode);
    return path;
  };
  const path = process.env['PATH'] ?? '';
  const ask = (
    text: string,
    { home = homedir, path: PATH = path, address = 'w1' }: Asked = {},
  ): Promise<Resolved> =>
    openSettings({ config: file('config', text), home, env: { PATH, HOME: home, ONE: '/one' } })(address);
  const refusal = async (text: string, asked: Asked = {}): Promise<CanopyError> => thrown(ask(text, asked));

  for (const [way, PATH] of Object.entries({ 'by ssh -G': path, 'by our own reader': '/nonexistent' })) {
    const short = hostname().split('.')[0] ?? '';
    const right: Readonly<Record<string, Partial<Resolved>>> = {
      'UserKnownHostsFile ~/.ssh/known_hosts.d/%k': { knownHosts: [`${homedir}/.ssh/known_hosts.d/w1`] },
      'UserKnownHostsFile "/a b" /c': { knownHosts: ['/a b', '/c'] },
      'UserKnownHostsFile /a b': { knownHosts: ['/a', 'b'] },
      'UserKnownHostsFile none': { knownHosts: [] },
      'UserKnownHostsFile ${ONE}/kh': { knownHosts: ['/one/kh'] },
      'Host other\n UserKnownHostsFile /a': { knownHosts: null },
      'IdentityFile ${ONE}/k1\nPort 2201': { identityFiles: ['/one/k1'], port: 2201 },
      'IdentityFile ~/.ssh/k_%i-%L-%l-%k': {
        identityFiles: [`${homedir}/.ssh/k_${uid}-${short}-${hostname()}-w1`],
      },
      "IdentityFile '~/.ssh/k1'": { identityFiles: [`${homedir}/.ssh/k1`] },
      'IdentityFile ~root/.ssh/k1': { identityFiles: ['/root/.ssh/k1'] },
      'IdentityFile none': { identityFiles: [] },
      'Host other\n IdentityFile /k': { identityFiles: null },
      'CertificateFile ~/.ssh/k1-cert.pub': { certificateFiles: [`${homedir}/.ssh/k1-cert.pub`] },
      'HostKeyAlias Fleet\nUser deploy': { hostKeyAlias: 'fleet', user: 'deploy' },
      'IdentityAgent %d/%n.sock': { agent: `${homedir}/w1.sock` },
      'IdentityAgent $ONE': { agent: '/one' },
      'ProxyJump bob@%h.gate:22': { jumps: ['bob@w1.gate:22'] },
      'GlobalKnownHostsFile /g1 /g2': { globalKnownHosts: ['/g1', '/g2'] },
      'Match host w* !host jump.example.org\n HostName 127.0.0.1\n Port 2201\n User deploy': {
        ...{ host: '127.0.0.1', port: 2201, user: 'deploy' },
      },
      'Match host=w1\n User deploy': { user: 'deploy' },
      'Match host="w1,w2"\n User deploy': { user: 'deploy' },
      'Match final all\n User deploy': { user: 'deploy' },
      'HostName real\nMatch final host real\n User deploy': { user: 'deploy' },
      [`Match user ${username}\n Port 7`]: { port: 7 },
      [`Match localuser ${username}\n Port 7`]: { port: 7 },
      [`Match !localuser ${username}\n Port 7`]: { port: 22 },
    };
    for (const [text, expected] of Object.entries(right))
      it(`${way}: ${JSON.stringify(text)}`, async () => {
        expect(await ask(text, { path: PATH })).to.include.keys(Object.keys(expected));
        expect(await ask(text, { path: PATH })).to.deep.include(expected);
      });
  }

  it('includes what stands beside the usual file, and refuses what others may write to', async () => {
    const inner = file('inner', 'User deploy\n');
    expect((await ask(`Include ${inner}\n`)).user).to.equal('deploy');
    chmodSync(inner, 0o622);
    for (const PATH of [path, '/nonexistent']) {
      const { message } = await refusal(`Include ${inner}\n`, { path: PATH });
      expect(message).to.equal(`cannot use ${inner}: others may write to it (chmod go-w)`);
    }
  });

  it('knows what only the installed OpenSSH can: %C, and keywords of its version', async () => {
    const { identityFiles } = await ask('IdentityFile /k-%C\nUser a');
    expect(identityFiles?.[0]).to.match(/^\/k-[0-9a-f]{40}$/);
    expect((await refusal('IdentityFile /k-%C', { path: '/nonexistent' })).message).to.match(/token %C/);
  });

  it('tells in the words of ssh what it refuses', async () => {
    const { code, message } = await refusal('Frobnicate yes\nUser a\n');
    expect(code).to.equal('ssh-config-refused');
    expect(message).to.match(
      /^the OpenSSH configuration of w1: .*config.*line 1: Bad configuration option: frobnicate/i,
    );
    expect((await refusal('ProxyCommand nc %h\n')).message).to.equal(
      `${folder()}/config line 1: ProxyCommand is not supported, it would run a program`,
    );
  });

  it('never lets ssh run a program: not of Match exec, in whatever file, behind whatever pattern', async () => {
    const marker = join(folder(), 'ran');
    const exec = `Match exec "touch ${marker}"\n User a\n`;
    const hidden = file('deep/x.conf', exec);
    const shapes: Readonly<Record<string, string>> = {
      plain: exec,
      'as capitals': exec.replace('Match exec', 'MATCH EXEC'),
      'in quotes': exec.replace('Match exec', '"match" "exec"'),
      'with an equals sign': exec.replace('Match exec', 'match=host w1 exec'),
      negated: exec.replace('exec', '!exec'),
      included: `Include ${hidden}\n`,
      'by a pattern': `Include ${folder()}/d*/[w-z].con?\n`,
      'by a quoted pattern': `Include "${folder()}/deep/*.conf"\n`,
      'by a class of characters': `Include ${folder()}/deep/[[:alpha:]].conf\n`,
      'by a backslash': `Include ${folder()}/dee\\p/*.conf\n`,
      'from a block of another host': `Host other\n Include ${hidden}\n`,
      'behind a first file': `Include ${file('first', 'User b\n')} ${hidden}\n`,
    };
    for (const [what, text] of Object.entries(shapes)) {
      const found = await ask(text).catch((error: CanopyError) => error.code);
      if (what !== 'from a block of another host') expect(found, what).to.be.oneOf(['ssh-config-refused']);
      expect(existsSync(marker), what).to.equal(false);
    }
  });

  it('asks no other program of that name: it might connect', async () => {
    const bin = join(folder(), 'bin');
    const ran = join(folder(), 'words');
    file('bin/ssh', `#!/bin/sh\necho "$*" >> ${ran}\necho 'Dropbear v2022.83' >&2\n`, 0o755);
    expect((await ask('User deploy\n', { path: `${bin}:${path}` })).user).to.equal('deploy');
    expect(readFileSync(ran, 'utf8')).to.equal('-V\n');
  });

  it('starts no program for files that say nothing which counts, and one a host else', async () => {
    const bin = join(folder(), 'counting');
    const ran = join(folder(), 'count');
    const real =
      path
        .split(':')
        .map((name) => join(name, 'ssh'))
        .find(existsSync) ?? '';
    file('counting/ssh', `#!/bin/sh\necho "$*" >> ${ran}\nexec ${real} "$@"\n`, 0o755);
    const PATH = `${bin}:${path}`;
    await ask('Host *\n SendEnv LANG LC_*\n HashKnownHosts yes\n', { path: PATH });
    expect(existsSync(ran)).to.equal(false);
    const settings = openSettings({ config: file('config', 'User a\n'), home: homedir, env: { PATH } });
    await Promise.all(['w1', 'w2', 'w1', 'w1'].map(settings));
    expect(readFileSync(ran, 'utf8').trim().split('\n')).to.have.length(3);
  });

  it('reads by itself where HOME is another than the one that ssh takes', async () => {
    const home = join(folder(), 'home');
    file('home/.ssh/config', 'Include more\nIdentityFile ~/.ssh/k1\n');
    file('home/.ssh/more', 'User deploy\n');
    const settings = openSettings({ config: join(home, '.ssh/config'), home, env: { PATH: path } });
    expect(await settings('w1')).to.deep.include({ user: 'deploy', identityFiles: [`${home}/.ssh/k1`] });
    symlinkSync(homedir, join(folder(), 'link'));
    expect((await ask('IdentityFile ~/k', { home: join(folder(), 'link') })).identityFiles).to.deep.equal([
      `${join(folder(), 'link')}/k`,
    ]);
  });

  it('misses a file that was named', async () => {
    const config = join(folder(), 'absent');
    const { message } = await thrown(openSettings({ config, home: homedir, env: {} })('w1'));
    expect(message).to.equal(`cannot use ${config}: there is no such file`);
  });
});
