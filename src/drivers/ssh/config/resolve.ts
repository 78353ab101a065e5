/** What ~/.ssh/config says of one host: the first value that is found counts. Pure. */
import { fail } from '../../../errors.ts';
import type { SshAddress } from './address.ts';
import type { ConfigLine } from './config-file.ts';
import { matchesList } from './pattern.ts';

interface LocalContext {
  readonly home: string;
  /** The login name on this machine; throws where there is none. */
  readonly user: () => string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Resolved {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket; null: none. */
  readonly agent: string | null;
  /** `user@host:port` of each machine on the way, the nearest first. */
  readonly jumps: readonly string[];
  /** Null: not said. */
  readonly knownHosts: readonly string[] | null;
  readonly warnings: readonly string[];
  /** Keywords that are left out and do no harm. */
  readonly skipped: readonly string[];
}

/** Throws `ssh-config-refused` where the configuration would run a program for this host. */
export function resolveHost(lines: readonly ConfigLine[], address: SshAddress, at: LocalContext): Resolved {
  const found: ResolvedValues = {
    values: new Map(),
    identities: [],
    warnings: new Set(),
    skipped: new Set(),
  };
  walk(lines, address, at, true, found);
  const one = (keyword: string): string | undefined => found.values.get(keyword)?.[0];
  const hostName = expand(one('hostname') ?? address.host, { h: address.host, '%': '%' });
  const port = address.port ?? Number(one('port') ?? 22);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw fail('ssh-address', { host: `${hostName}:${port}` });
  const user = address.user ?? one('user') ?? at.user();
  const tokens = {
    ...{ h: hostName, n: address.host, p: String(port), r: user, d: at.home, '%': '%' },
    get u() {
      return at.user();
    },
  };
  const path = (text: string): string => expand(text.replace(/^~(?=\/|$)/, at.home), tokens);
  const agent = one('identityagent') ?? at.env['SSH_AUTH_SOCK'] ?? '';
  const jump = one('proxyjump') ?? 'none';
  return {
    host: hostName,
    port,
    user,
    identityFiles: found.identities.filter((name) => name !== 'none').map(path),
    identitiesOnly: one('identitiesonly')?.toLowerCase() === 'yes',
    agent: socketOf(agent, at, path),
    jumps:
      jump.toLowerCase() === 'none' ? [] : jump.split(',').map((hop) => jumpAddress(expand(hop, tokens))),
    knownHosts:
      found.values
        .get('userknownhostsfile')
        ?.filter((name) => name !== 'none')
        .map(path) ?? null,
    warnings: [...found.warnings],
    skipped: [...found.skipped],
  };
}

interface ResolvedValues {
  readonly values: Map<string, readonly string[]>;
  readonly identities: string[];
  readonly warnings: Set<string>;
  readonly skipped: Set<string>;
}

/** Goes through the lines in order; an included file is as active as the place that includes it. */
function walk(
  lines: readonly ConfigLine[],
  address: SshAddress,
  at: LocalContext,
  outer: boolean,
  found: ResolvedValues,
): void {
  let active = outer;
  for (const line of lines) {
    if (line.keyword === 'host') active = outer && matchesList(line.values, address.host);
    else if (line.keyword === 'match') active = outer && isMatch(line, address, found);
    else if (line.keyword === 'include') walk(line.included, address, at, active, found);
    else if (active) take(line, found);
  }
}

function take(line: ConfigLine, found: ResolvedValues): void {
  const { keyword, values } = line;
  if (keyword === 'proxycommand') {
    if (found.values.has('proxyjump') || values[0]?.toLowerCase() === 'none') return;
    throw fail('ssh-config-refused', { file: line.file, line: line.line, keyword: 'ProxyCommand' });
  }
  if (keyword === 'identityfile') found.identities.push(...values);
  else if (single.has(keyword)) {
    if (!found.values.has(keyword) && values.length > 0) found.values.set(keyword, values);
  } else if (harmless.has(keyword)) found.skipped.add(keyword);
  else found.warnings.add(`${line.file} line ${line.line}: ${keyword} is left out, Canopy does not know it`);
}

function isMatch(line: ConfigLine, address: SshAddress, found: ResolvedValues): boolean {
  const words = [...line.values];
  while (words.length > 0) {
    const word = (words.shift() ?? '').toLowerCase();
    if (word === 'all') continue;
    if (word === 'host' || word === 'originalhost') {
      const name = word === 'host' ? (found.values.get('hostname')?.[0] ?? address.host) : address.host;
      if (!matchesList((words.shift() ?? '').split(','), name)) return false;
      continue;
    }
    if (word === 'exec' || word === '!exec')
      throw fail('ssh-config-refused', { file: line.file, line: line.line, keyword: 'Match exec' });
    found.warnings.add(
      `${line.file} line ${line.line}: Match ${word} is not supported, its lines are left out`,
    );
    return false;
  }
  return line.values.length > 0;
}

const expand = (text: string, tokens: Readonly<Record<string, string>>): string =>
  text.replace(/%(.)/g, (whole, letter: string) => tokens[letter] ?? whole);

const jumpAddress = (hop: string): string =>
  hop
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');

function socketOf(agent: string, at: LocalContext, path: (text: string) => string): string | null {
  if (agent === '' || agent.toLowerCase() === 'none') return null;
  const name = agent === 'SSH_AUTH_SOCK' ? agent : /^\$\{?(\w+)\}?$/.exec(agent)?.[1];
  return name === undefined ? path(agent) : at.env[name] || null;
}

const single = new Set([
  'hostname',
  'user',
  'port',
  'identitiesonly',
  'identityagent',
  'proxyjump',
  'userknownhostsfile',
]);

/** What people set for their own sessions, and what does not change whom we reach or as whom. */
const harmless = new Set(
  `addkeystoagent batchmode bindaddress checkhostip ciphers compression connectionattempts connecttimeout controlmaster controlpath
  controlpersist escapechar exitonforwardfailure fingerprinthash forwardagent forwardx11 forwardx11trusted gssapiauthentication
  gssapidelegatecredentials hashknownhosts hostkeyalgorithms ipqos kbdinteractiveauthentication kexalgorithms loglevel macs
  numberofpasswordprompts passwordauthentication preferredauthentications pubkeyauthentication requesttty sendenv serveralivecountmax
  serveraliveinterval setenv stricthostkeychecking tcpkeepalive updatehostkeys usekeychain verifyhostkeydns visualhostkey`.split(
    /\s+/,
  ),
);
