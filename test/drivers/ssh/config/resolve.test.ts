import { expect } from 'chai';
import { parseAddress } from '../../../../src/drivers/ssh/config/address.ts';
import { parseSshConfig } from '../../../../src/drivers/ssh/config/config-file.ts';
import { resolveHost, type Resolved } from '../../../../src/drivers/ssh/config/resolve.ts';
import { isCanopyError } from '../../../../src/errors.ts';

const at = { home: '/home/me', user: () => 'me', env: { SSH_AUTH_SOCK: '/run/agent', OTHER: '/run/other' } };
const resolve = (text: string, address = 'web', files: Record<string, string> = {}): Resolved => {
  const lines = parseSshConfig({ file: 'config', text }, (pattern) =>
    files[pattern] === undefined ? [] : [{ file: pattern, text: files[pattern] }],
  );
  return resolveHost(lines, parseAddress(address), at);
};
const problem = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isCanopyError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
};

describe('the OpenSSH configuration', () => {
  it('without a line gives what ssh would take', () => {
    expect(resolve('')).to.deep.equal({
      host: 'web',
      port: 22,
      user: 'me',
      identityFiles: [],
      identitiesOnly: false,
      agent: '/run/agent',
      jumps: [],
      knownHosts: null,
      warnings: [],
      skipped: [],
    });
  });

  it('takes the first value it finds, and all identity files', () => {
    const text =
      'Host web\n User a\n IdentityFile ~/.ssh/a\nHost *\n User b\n Port 2200\n IdentityFile "%d/the key"\n';
    const found = resolve(text);
    expect([found.user, found.port, found.identityFiles]).to.deep.equal([
      'a',
      2200,
      ['/home/me/.ssh/a', '/home/me/the key'],
    ]);
  });

  it('lets the address speak first', () => {
    const found = resolve('Host web\n User a\n Port 1\n HostName real\n', 'me2@web:2222');
    expect([found.user, found.port, found.host]).to.deep.equal(['me2', 2222, 'real']);
  });

  it('knows patterns and their negation', () => {
    const text = 'Host *.example !bad.example\n User a\n';
    expect(resolve(text, 'web.example').user).to.equal('a');
    expect(resolve(text, 'bad.example').user).to.equal('me');
  });

  it('reads keywords in any case, with an equals sign, and comments', () => {
    expect(resolve('# c\nhost=web\n  USER = "a b"   # why\n\tpOrT 5\r\n').user).to.equal('a b');
    expect(resolve('host web\n port 5\r\n').port).to.equal(5);
  });

  it('replaces tokens', () => {
    const text =
      'Host web\n HostName %h.example\n Port 7\n IdentityFile ~/.ssh/%r-%h-%p-%%\n User a\n ProxyJump gate-%p\n UserKnownHostsFile ~/k1 /k2\n';
    const found = resolve(text);
    expect([found.host, found.identityFiles, found.jumps, found.knownHosts]).to.deep.equal([
      'web.example',
      ['/home/me/.ssh/a-web.example-7-%'],
      ['gate-7'],
      ['/home/me/k1', '/k2'],
    ]);
  });

  it('chooses the agent', () => {
    expect(resolve('IdentityAgent none').agent).to.equal(null);
    expect(resolve('IdentityAgent ~/a.sock').agent).to.equal('/home/me/a.sock');
    expect(resolve('IdentityAgent $OTHER').agent).to.equal('/run/other');
    expect(resolve('IdentityAgent SSH_AUTH_SOCK').agent).to.equal('/run/agent');
    expect(resolve('IdentityAgent $ABSENT').agent).to.equal(null);
  });

  it('splits jumps, and none means none', () => {
    expect(resolve('ProxyJump a@g1:22,ssh://g2').jumps).to.deep.equal(['a@g1:22', 'g2']);
    expect(resolve('ProxyJump none\nProxyJump g').jumps).to.deep.equal([]);
  });

  it('includes files in their place, only where the place is active', () => {
    const files = { inner: 'User in\nHost web\n Port 9\n' };
    expect(resolve('Host web\n Include inner\nHost *\n User out\n', 'web', files)).to.include({
      user: 'in',
      port: 9,
    });
    expect(resolve('Host other\n Include inner\nHost *\n User out\n', 'web', files)).to.include({
      user: 'out',
      port: 22,
    });
    expect(resolve('Include loop\nUser a', 'web', { loop: 'Include loop\n' }).user).to.equal('a');
  });

  it('refuses to run a program, but only where it would', () => {
    expect(problem(() => resolve('Host web\n ProxyCommand nc %h'))).to.match(
      /^ssh-config-refused: config line 2: ProxyCommand/,
    );
    expect(problem(() => resolve('Match exec "true"\n User a'))).to.match(
      /^ssh-config-refused: config line 1: Match exec/,
    );
    expect(
      problem(() => resolve('Host git\n ProxyCommand nc\nMatch host git exec true\n User a\n')),
    ).to.equal('none');
    expect(problem(() => resolve('ProxyCommand none'))).to.equal('none');
    expect(problem(() => resolve('ProxyJump gate\nProxyCommand nc'))).to.equal('none');
  });

  it('knows Match all and Match host, and warns of the others', () => {
    expect(resolve('Match all\n User a').user).to.equal('a');
    expect(resolve('Host web\n HostName real\nMatch host real\n User a').user).to.equal('a');
    expect(resolve('Match host other\n User a').user).to.equal('me');
    const found = resolve('Match user bob\n User a\n');
    expect([found.user, found.warnings]).to.deep.equal([
      'me',
      ['config line 1: Match user is not supported, its lines are left out'],
    ]);
  });

  it('warns of what it does not know, and passes quietly over what does no harm', () => {
    const found = resolve('Frobnicate yes\nServerAliveInterval 5\nHost other\n Unused 1\n');
    expect(found.warnings).to.deep.equal(['config line 1: frobnicate is left out, Canopy does not know it']);
    expect(found.skipped).to.deep.equal(['serveraliveinterval']);
  });

  it('refuses a port that is none', () => {
    expect(problem(() => resolve('Port many'))).to.match(/^ssh-address/);
  });
});

describe('SSH addresses', () => {
  const good: Record<string, [string | null, string, number | null]> = {
    web: [null, 'web', null],
    'deploy@10.0.0.11': ['deploy', '10.0.0.11', null],
    'deploy@10.0.0.12:2222': ['deploy', '10.0.0.12', 2222],
    '[::1]:22': [null, '::1', 22],
    'a@[fe80::1%eth0]': ['a', 'fe80::1%eth0', null],
    '2001:db8::1': [null, '2001:db8::1', null],
    'a.b-c_d:65535': [null, 'a.b-c_d', 65_535],
  };
  for (const [text, [user, host, port]] of Object.entries(good))
    it(text, () => expect(parseAddress(text)).to.deep.equal({ user, host, port }));

  const bad = [
    '',
    '@',
    'a@',
    '@web',
    'web:',
    'web:0',
    'web:65536',
    'web:x',
    '-oProxyCommand=id',
    'a@-oProxyCommand=id',
    '-a@web',
    'web page',
    'web\n',
    'web\u0000',
    '[::1',
    '::1]:22',
    'a@b@c',
    'web;id',
    '$(id)',
    'we`id`b',
    'web/..',
    'a b@web',
    '[web]:22',
  ];
  for (const text of bad)
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(problem(() => parseAddress(text))).to.match(/^ssh-address/));
});
