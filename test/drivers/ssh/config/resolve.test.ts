import { expect } from 'chai';
import { problem, resolve } from '../../../support/ssh/ssh-resolve.ts';

describe('the OpenSSH configuration, read by us', () => {
  it('without a line gives what ssh would take', () => {
    expect(resolve('')).to.deep.equal({
      host: 'web',
      port: 22,
      user: 'me',
      identityFiles: null,
      certificateFiles: [],
      identitiesOnly: false,
      agent: '/run/agent',
      jumps: [],
      knownHosts: null,
      globalKnownHosts: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      hostKeyAlias: null,
      family: 0,
      bindAddress: null,
      warnings: [],
    });
  });

  it('takes the first value it finds, and all identity files', () => {
    const text =
      'Host web\n User a\n IdentityFile ~/.ssh/a\nHost *\n User b\n Port 2200\n IdentityFile "%d/the key"\n IdentityFile ~/.ssh/a\n';
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

  const tokens: Readonly<Record<string, string>> = {
    '%h': 'web.example',
    '%n': 'web',
    '%p': '7',
    '%r': 'a',
    '%u': 'me',
    '%i': '1000',
    '%k': 'web',
    '%l': 'laptop.example.org',
    '%L': 'laptop',
    '%d': '/home/me',
    '%%': '%',
    '${OTHER}': '/run/other',
    '${EMPTY}': '',
  };
  const above = 'HostName %h.example\nPort 7\nUser a\n';
  for (const [token, right] of Object.entries(tokens))
    it(`replaces ${token} in the names of keys, certificates, known hosts and the agent`, () => {
      const path = `/k-${token}-x`;
      const found = resolve(
        `${above}IdentityFile ${path}\nCertificateFile ${path}\nUserKnownHostsFile /k2 ${path}\nIdentityAgent ${path}\n`,
      );
      expect([found.identityFiles, found.certificateFiles, found.knownHosts, found.agent]).to.deep.equal([
        [`/k-${right}-x`],
        [`/k-${right}-x`],
        ['/k2', `/k-${right}-x`],
        `/k-${right}-x`,
      ]);
    });

  it('replaces tokens once: what a variable gave is no token', () => {
    expect(resolve('HostKeyAlias %h\nIdentityFile /%k').identityFiles).to.deep.equal(['/%h']);
  });

  const refused: Readonly<Record<string, RegExp>> = {
    'IdentityFile /%C': /token %C is not known here/,
    'IdentityFile /%j': /token %j/,
    'IdentityFile /a%': /token %/,
    'IdentityFile ${ABSENT}/k': /variable ABSENT is not set/,
    'UserKnownHostsFile ${ABSENT}/k': /variable ABSENT/,
    'IdentityFile ~nobody/k': /no user "nobody"/,
    'HostName %p': /config line 1: HostName %p: the token %p/,
    'IdentityFile "/a': /config line 1: a quote is not closed/,
    'IdentityFile /a /b': /more than one value/,
    'User ""': /User has no value|user has no value/,
    Port: /port has no value/,
    'Port many': /"many" is no value of port/,
    'Port 65536': /is no port/,
    'IdentitiesOnly maybe': /no value of identitiesonly/,
    'Host other\n Frobnicate yes': /config line 2: frobnicate is not known/,
    'CanonicalizeHostname yes': /CanonicalizeHostname is not supported here/,
    'CanonicalizePermittedCNAMEs *:*': /CanonicalizePermittedCNAMEs/,
    'RevokedHostKeys /r': /RevokedHostKeys is not supported/,
    'Tag x': /tag is not known/,
    'User %h': /tokens in User/,
    'Include /x/%h': /cannot tell which files/,
    'Host web\n ProxyCommand nc %h': /ProxyCommand is not supported, it would run a program/,
    'ProxyJump none\nProxyCommand nc': /ProxyCommand/,
    'Match exec "true"\n User a': /config line 1: Match exec is not supported, it would run a program/,
    'Match host web exec true': /Match exec/,
    'Match localnetwork 10.0.0.0\\/8': /is not read by Canopy/,
    'Match localnetwork 10.0.0.0/8': /Match localnetwork is not supported/,
    'Match tagged x': /Match tagged is not supported/,
    'Match !final user a': /Match !final is not supported/,
    'Match host': /Match host has no value/,
    'Match host web all extra': /Match all stands alone/,
    'ProxyJump web': /web is reached through itself/,
    'ProxyJump a,,b': /no machine to go through/,
    'ProxyJump none # why': /no machine to go through/,
    'HostName 127.1': /"127.1" is no SSH address/,
  };
  for (const [text, reason] of Object.entries(refused))
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(problem(text))
        .to.match(reason)
        .and.to.match(/^ssh-(config-refused|address): /));

  it('runs nothing, and refuses only where it would', () => {
    const git = 'Host git\n ProxyCommand nc\nMatch host git exec true\n User a\n';
    expect(problem(git)).to.equal('none');
    expect(problem('ProxyCommand none')).to.equal('none');
    expect(problem('ProxyJump gate\nProxyCommand nc')).to.equal('none');
    expect(problem('Host other\n Include inner', 'web', { inner: 'Match exec true\n User a\n' })).to.equal(
      'none',
    );
  });

  it('takes of ProxyJump and ProxyCommand the one that stands first, none too', () => {
    expect(resolve('ProxyJump g1\nProxyJump g2').jumps).to.deep.equal(['g1']);
    expect(resolve('ProxyJump none\nProxyJump g').jumps).to.deep.equal([]);
    expect(resolve('ProxyCommand none\nProxyJump g').jumps).to.deep.equal([]);
    expect(problem('ProxyCommand nc\nProxyJump g')).to.match(/ProxyCommand/);
  });

  it('splits jumps, and replaces tokens in them', () => {
    expect(resolve('ProxyJump a@g1:22,ssh://g2').jumps).to.deep.equal(['a@g1:22', 'ssh://g2']);
    expect(resolve('Port 7\nProxyJump gate-%p.%n # why').jumps).to.deep.equal(['gate-7.web']);
  });

  it('knows patterns and their negation, in which capitals count', () => {
    const text = 'Host *.example !bad.example\n User a\n';
    expect(resolve(text, 'web.example').user).to.equal('a');
    expect(resolve(text, 'bad.example').user).to.equal('me');
    expect(resolve('Host Web\n User a\n').user).to.equal('me');
    expect(resolve('Host Web\n User a\n', 'Web')).to.include({ user: 'a', host: 'web' });
  });

  it('reads keywords in any case, with an equals sign, quotes of both kinds, and comments', () => {
    expect(resolve('# c\nhost=web\n  USER = "a b"   # why\n\tpOrT 5\r\n')).to.include({
      user: 'a b',
      port: 5,
    });
    expect(resolve("IdentityFile '~/.ssh/k 1'").identityFiles).to.deep.equal(['/home/me/.ssh/k 1']);
    expect(resolve('IdentityFile /a\\ b').identityFiles).to.deep.equal(['/a b']);
    expect(resolve('IdentityFile /a"b c"d#e').identityFiles).to.deep.equal(['/ab cd#e']);
    expect(resolve('Host web\n port 5\r\n').port).to.equal(5);
  });

  it('finds homes', () => {
    expect(resolve('IdentityFile ~other/.ssh/k1\nIdentityFile ~//k').identityFiles).to.deep.equal([
      '/home/other/.ssh/k1',
      '/home/me/k',
    ]);
  });

  it('tells no key from none said', () => {
    expect(resolve('IdentityFile none').identityFiles).to.deep.equal([]);
    expect(resolve('UserKnownHostsFile none').knownHosts).to.deep.equal([]);
  });

  it('chooses the agent', () => {
    expect(resolve('IdentityAgent none').agent).to.equal(null);
    expect(resolve('IdentityAgent ~/a.sock').agent).to.equal('/home/me/a.sock');
    expect(resolve('IdentityAgent $OTHER').agent).to.equal('/run/other');
    expect(resolve('IdentityAgent SSH_AUTH_SOCK').agent).to.equal('/run/agent');
    expect(resolve('IdentityAgent $ABSENT').agent).to.equal(null);
  });

  it('includes files in their place, only where the place is active, and leaves their blocks behind', () => {
    const files = { inner: 'User in\nHost web\n Port 9\nHost nobody\n' };
    expect(
      resolve('Host web\n Include inner\n IdentitiesOnly yes\nHost *\n User out\n', 'web', files),
    ).to.include({ user: 'in', port: 9, identitiesOnly: true });
    expect(resolve('Host other\n Include inner\nHost *\n User out\n', 'web', files)).to.include({
      user: 'out',
      port: 22,
    });
    expect(problem('Include loop\nUser a', 'web', { loop: 'Include loop\nInclude loop\n' })).to.match(
      /loop line 1: more than 16 files include each other/,
    );
  });

  it('knows the name of the key, the kind of address, and from where to connect', () => {
    expect(resolve('HostKeyAlias Web-Key\nAddressFamily inet6\nBindAddress 10.0.0.9\n')).to.include({
      hostKeyAlias: 'web-key',
      family: 6,
      bindAddress: '10.0.0.9',
    });
  });

  it('tells what it leaves out, and passes quietly over what does no harm', () => {
    expect(resolve('KnownHostsCommand /bin/keys %H\nServerAliveInterval 5\n').warnings).to.deep.equal([
      'config: knownhostscommand: KnownHostsCommand is left out',
    ]);
    expect(problem('IgnoreUnknown UseKey*,Frob*\nFrobnicate yes\n')).to.equal('none');
  });

  it('writes addresses as OpenSSH does', () => {
    expect(resolve('HostName 0:0::1').host).to.equal('::1');
    expect(resolve('HostName Real.Example').host).to.equal('real.example');
  });
});
