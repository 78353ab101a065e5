/** Configurations of the OpenSSH client at random: near to what people write, with all that its grammar allows, and some faults. */
import type { Chance } from '../random.ts';

export interface SshConfigInput {
  readonly address: string;
  /** The first is the configuration; the others are included. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

type Words = readonly [string, ...string[]];

const hosts: Words = ['w1', 'w2', 'Web', 'web.example.org', 'db-1.example.org', '10.0.0.11', '::1', 'x'];
const users: Words = ['deploy', 'bob', 'root', 'CORP\\bob', 'a@b'];
const patterns: Words = [
  '*',
  'w*',
  'w?',
  '*.example.org',
  'web',
  'Web',
  '!w1',
  '!*.org',
  '10.0.0.*',
  '*1',
  'x',
  '::1',
  'w1,w2',
];
const paths: Words = [
  ...([
    '~/.ssh/k1',
    '/keys/%h',
    '~/.ssh/%r@%h:%p',
    '%d/k_%i',
    '~daemon/k',
    '${CANOPY_A}/k',
    '/k/%n-%k-%L',
  ] as Words),
  ...['/a b/k', '/k%%', 'relative/k', '~', '~/', '${CANOPY_A}%u', '/x/${CANOPY_B}', '/%l', 'none', '/K#1'],
];
const badPaths: Words = ['~nobody-here/k', '${CANOPY_NONE}/k', '/%Z', '/%', '${CANOPY_A', '${}/k', '/%C'];

const values: Readonly<Record<string, (chance: Chance) => string>> = {
  HostName: (chance) =>
    chance.pick(['127.0.0.1', '%h.example.org', 'Real.Example', '10.0.0.1', '%%x', '::1', '0:0::1', '127.1']),
  User: (chance) => chance.pick(users),
  Port: (chance) => chance.pick(['22', '2201', '65535', '022', '1']),
  IdentityFile: (chance) => pathOf(chance),
  CertificateFile: (chance) => pathOf(chance),
  IdentitiesOnly: (chance) => chance.pick(['yes', 'no', 'YES', 'true', 'False']),
  IdentityAgent: (chance) =>
    chance.pick(['none', 'SSH_AUTH_SOCK', '$CANOPY_A', '${CANOPY_A}/s', '~/a.sock', '/a/%h', 'None']),
  ProxyJump: (chance) =>
    chance.pick([
      'gate',
      'bob@gate:2222',
      'a,b@c:22',
      'none',
      'ssh://bob@gate:22',
      '%h.gate',
      'None',
      '[::1]:22',
      '10.0.0.1',
      'w1',
      'a%r@g',
    ]),
  ProxyCommand: (chance) => chance.pick(['none', 'nc %h %p', 'None', 'ssh -W "%h:%p" gate']),
  HostKeyAlias: (chance) => chance.pick(['alias', 'Alias.Example', 'none']),
  UserKnownHostsFile: (chance) =>
    chance.pick([pathOf(chance), `/k1 /k2`, '/dev/null', '~/.ssh/known_hosts.d/%k']),
  GlobalKnownHostsFile: (chance) => chance.pick(['/g1', '/g1 /g2', 'none']),
  AddressFamily: (chance) => chance.pick(['any', 'inet', 'inet6', 'INET']),
  BindAddress: (chance) => chance.pick(['127.0.0.1', '10.0.0.9']),
  ServerAliveInterval: (chance) => String(chance.int(0, 60)),
  StrictHostKeyChecking: (chance) => chance.pick(['yes', 'no', 'accept-new']),
  ForwardAgent: (chance) => chance.pick(['yes', 'no']),
  SendEnv: () => 'LANG LC_*',
  LogLevel: () => 'ERROR',
};
const keywords = Object.keys(values) as [string, ...string[]];

const faults: Words = [
  'Frobnicate yes',
  'HostName',
  'Port many',
  'Port 0',
  'Port 70000',
  'User a b',
  'IdentityFile "open',
  'IdentitiesOnly maybe',
  'Match',
  'Match host',
  'Match all host w1',
  'Match nonsense x',
  'ProxyJump ,',
  'ProxyJump a@',
  'UserKnownHostsFile /a none',
  'Host ""',
  'HostName %q',
  'Match final all extra',
  'IdentityFile ""',
  'AddressFamily ipx',
  'CanonicalizeHostname no',
  'IgnoreUnknown Frob*',
  'UseKeychain',
  'IdentityAgent $1',
  'IdentityAgent ${X',
  'UserKnownHostsFile',
];

export function sshConfigOf(chance: Chance, folder: string): SshConfigInput {
  const address = `${chance.hit(0.2) ? `${chance.pick(['deploy', 'root'])}@` : ''}${withPort(chance, chance.pick(hosts))}`;
  const faulty = chance.hit(0.15);
  const included = Array.from({ length: chance.int(0, 2) }, (_, at) => ({
    name: `inc-${at}.conf`,
    text: linesOf(chance, folder, faulty, at === 0 ? 1 : 2),
  }));
  return {
    address,
    files: [{ name: 'config', text: linesOf(chance, folder, faulty, included.length) }, ...included],
  };
}

const withPort = (chance: Chance, host: string): string => {
  const name = host.includes(':') ? `[${host}]` : host;
  return chance.hit(0.2) ? `${name}:${chance.pick(['22', '2222'])}` : host;
};

/** `includes`: how many of the other files it may name; those after the last name none. */
function linesOf(chance: Chance, folder: string, faulty: boolean, includes: number): string {
  const lines = Array.from({ length: chance.int(1, 9) }, () => lineOf(chance, folder, faulty, includes));
  return `${lines.join(chance.hit(0.1) ? '\r\n' : '\n')}${chance.hit(0.9) ? '\n' : ''}`;
}

function lineOf(chance: Chance, folder: string, faulty: boolean, includes: number): string {
  if (faulty && chance.hit(0.12)) return chance.pick(faults);
  const kind = chance.next();
  if (kind < 0.2) return `Host${gap(chance)}${many(chance, 3, () => chance.pick(patterns)).join(' ')}`;
  if (kind < 0.36) return `${chance.pick(['Match', 'match'])} ${criteriaOf(chance)}`;
  if (kind < 0.42 && includes > 0) {
    const name = chance.pick(['inc-1.conf', 'inc-*.conf', 'inc-[1-9].conf', 'missing', 'missing-*']);
    const only = includes > 1 ? name : name.replace('inc-*', 'inc-1').replace('inc-[1-9]', 'inc-1');
    return `Include ${chance.hit(0.2) ? `"${folder}/${only}"` : `${folder}/${only}`}`;
  }
  if (kind < 0.46) return chance.pick(['', '# Host w1', '   ', '\t# x']);
  const keyword = chance.pick(keywords);
  const value = values[keyword]?.(chance) ?? '';
  // Of these only OpenSSH looks at the value.
  const quoted = /^(Ser|Str|Forward|Send|Log)/.test(keyword) ? keyword : `"${keyword}"`;
  const name = chance.hit(0.8)
    ? keyword
    : chance.pick([keyword.toLowerCase(), keyword.toUpperCase(), quoted]);
  const indent = chance.pick(['', '  ', '\t', ' ']);
  return `${indent}${name}${gap(chance)}${written(chance, keyword, value)}${chance.pick(['', '', ' ', ' # why', '\t'])}`;
}

const gap = (chance: Chance): string => (chance.hit(0.8) ? ' ' : chance.pick(['=', ' = ', '\t', '  ', ' =']));

/** Quotes where the keyword reads words. */
function written(chance: Chance, keyword: string, value: string): string {
  if (keyword.startsWith('Proxy') || keyword === 'SendEnv') return value;
  const words = /Hosts/.test(keyword) ? value : value.replaceAll('\\', '\\\\');
  if (value.includes(' ') && !value.startsWith('/a b')) return words;
  const style = chance.next();
  if (value.startsWith('/a b')) return style < 0.5 ? `"${words}"` : words.replaceAll(' ', '\\ ');
  if (style < 0.12) return `"${words}"`;
  if (style < 0.2) return `'${words}'`;
  return style < 0.24 ? `${words.slice(0, 1)}"${words.slice(1)}"` : words;
}

function criteriaOf(chance: Chance): string {
  if (chance.hit(0.15))
    return chance.pick([
      'all',
      'All',
      'final all',
      'canonical all',
      '!all',
      'final',
      'canonical',
      '!canonical',
    ]);
  return many(chance, 3, () => {
    const name = chance.pick([
      'host',
      'originalhost',
      'user',
      'localuser',
      'Host',
      '!host',
      '!user',
      '!localuser',
      'final',
      '!canonical',
    ]);
    if (/final|canonical/.test(name)) return name;
    const list = many(chance, 2, () =>
      chance.pick(/user/i.test(name) ? ['root', 'bob', '*', '!bob', 'dep*'] : patterns),
    ).join(',');
    const value = chance.hit(0.2) ? `"${list}"` : list;
    return `${name}${chance.hit(0.15) ? '=' : ' '}${value}`;
  }).join(' ');
}

const pathOf = (chance: Chance): string => chance.pick(chance.hit(0.95) ? paths : badPaths);

const many = <T>(chance: Chance, most: number, one: () => T): T[] =>
  Array.from({ length: chance.int(1, most) }, one);
