/** What a connection needs, from what the OpenSSH configuration says. Pure. */
import { fail, isCanopyError, type CanopyError } from '../../../errors.ts';
import { parseAddress, readAddress, type SshAddress } from '../../../shared/url/ssh-address.ts';
import { expandPath, expandTokens, NotExpanded, type ExpandInput } from './expand.ts';
import { isNone, type SshValues } from './resolve.ts';

export interface Resolved {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Null: not said. */
  readonly identityFiles: readonly string[] | null;
  readonly certificateFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** The agent's socket; null: none. */
  readonly agent: string | null;
  /** `user@host:port` of each machine on the way, the nearest first. */
  readonly jumps: readonly string[];
  /** Null: not said. */
  readonly knownHosts: readonly string[] | null;
  /** Those of the whole machine. */
  readonly globalKnownHosts: readonly string[];
  /** The name by which its key is known; null: its own. */
  readonly hostKeyAlias: string | null;
  /** 0: either. */
  readonly family: 0 | 4 | 6;
  /** The address of this machine to connect from. */
  readonly bindAddress: string | null;
  readonly warnings: readonly string[];
}

export interface LocalMachine {
  readonly env: ExpandInput['env'];
  readonly homeOf: ExpandInput['homeOf'];
  readonly user: () => string;
  readonly uid: number;
  readonly hostname: string;
  /** Tokens that only the installed OpenSSH can tell: `%C` and `%j`. */
  readonly asked: Readonly<Record<string, string>>;
  /** Where a keyword stands: for people. */
  readonly where: (keyword: string) => string;
  /** The words of each line with a keyword, active or not. */
  readonly written: (keyword: string) => readonly (readonly string[])[];
}

/** Throws `ssh-config-refused` and `ssh-address`. */
export function toResolved(found: SshValues, address: SshAddress, at: LocalMachine): Resolved {
  const { host, port, user, values } = found;
  const one = (keyword: string): string | null => {
    const value = values.get(keyword)?.[0];
    return value === undefined || isNone(value) ? null : value;
  };
  refuseWhatCounts(one, at);
  const alias = values.get('hostkeyalias')?.[0]?.toLowerCase() ?? null;
  const tokens = tokensOf(found, address, alias, at);
  const path = (keyword: string, text: string): string =>
    explained(keyword, text, at, () => expandPath(text, { tokens, env: at.env, homeOf: at.homeOf }));
  const expanded = (keyword: string, text: string): string => (found.expanded ? text : path(keyword, text));
  const paths = (keyword: string): string[] | null =>
    (found.expanded ? printedPaths(found, keyword, at, path) : values.get(keyword))
      ?.filter((text) => !isNone(text))
      .map((text) => expanded(keyword, text)) ?? null;
  const identities = values.get('identityfile')?.filter((text) => !isNone(text)) ?? null;
  return {
    ...{ host, port, user },
    identityFiles: identities?.map((text) => path('identityfile', text)) ?? null,
    certificateFiles: (values.get('certificatefile') ?? []).map((text) => path('certificatefile', text)),
    identitiesOnly: /^(yes|true)$/i.test(one('identitiesonly') ?? ''),
    agent: agentOf(values.get('identityagent')?.[0], at, (text) => expanded('identityagent', text)),
    jumps: jumpsOf(found, tokens, at),
    knownHosts: paths('userknownhostsfile'),
    globalKnownHosts: globalsOf(found, at) ?? systemKnownHosts,
    hostKeyAlias: alias,
    family: families[one('addressfamily')?.toLowerCase() ?? ''] ?? 0,
    bindAddress: one('bindaddress'),
    warnings: leftOut
      .filter((keyword) => one(keyword.toLowerCase()) !== null)
      .map((keyword) => `${at.where(keyword.toLowerCase())}: ${keyword} is left out`),
  };
}

function globalsOf(found: SshValues, at: LocalMachine): string[] | undefined {
  const keyword = 'globalknownhostsfile';
  const names = found.expanded
    ? printedPaths(found, keyword, at, (_, text) => text)
    : found.values.get(keyword);
  return names?.filter((text) => !isNone(text));
}

/** `ssh -G` prints a list of names in one line, and nothing tells a blank in one from that between two: what is written tells. */
function printedPaths(
  { values }: SshValues,
  keyword: string,
  at: LocalMachine,
  path: (keyword: string, text: string) => string,
): readonly string[] | undefined {
  const printed = values.get(keyword)?.[0] ?? '';
  const usual = ['known_hosts', 'known_hosts2'].map((name) => `${at.homeOf('') ?? ''}/.ssh/${name}`);
  if (printed === usual.join(' ')) return undefined;
  const isPrinted = (words: readonly string[]): boolean => {
    try {
      return words.map((word) => path(keyword, word)).join(' ') === printed;
    } catch (error) {
      // One that stands for other hosts.
      if (isCanopyError(error)) return false;
      throw error;
    }
  };
  const words = at.written(keyword).find(isPrinted);
  return words?.map((word) => path(keyword, word)) ?? printed.split(' ');
}

const systemKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
const families: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 };
/** Without these fewer keys are known or offered: that is told, and lets nobody in. */
const leftOut = ['KnownHostsCommand', 'PKCS11Provider', 'BindInterface'];

function refuseWhatCounts(one: (keyword: string) => string | null, at: LocalMachine): void {
  const refuse = (keyword: string, reason: string): CanopyError =>
    fail('ssh-config-refused', { where: at.where(keyword), reason });
  if (one('proxycommand') !== null)
    throw refuse('proxycommand', 'ProxyCommand is not supported, it would run a program');
  if (one('revokedhostkeys') !== null)
    throw refuse(
      'revokedhostkeys',
      'RevokedHostKeys is not supported: mark the keys @revoked in known_hosts',
    );
  const refusal = one('refuseconnection');
  if (refusal !== null) throw refuse('refuseconnection', `RefuseConnection says: ${refusal}`);
}

function tokensOf(
  { host, port, user }: SshValues,
  address: SshAddress,
  alias: string | null,
  at: LocalMachine,
): ExpandInput['tokens'] {
  const known = {
    h: () => host,
    n: () => address.host,
    k: () => alias ?? address.host,
    p: () => String(port),
    r: () => user,
    u: at.user,
    i: () => String(at.uid),
    l: () => at.hostname,
    L: () => at.hostname.split('.', 1)[0] ?? '',
    d: () => at.homeOf('') ?? '/',
  };
  const asked = Object.entries(at.asked).map(([letter, text]) => [letter, () => text] as const);
  return { ...known, ...Object.fromEntries(asked) };
}

function explained<T>(keyword: string, text: string, at: LocalMachine, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof NotExpanded)) throw error;
    throw fail('ssh-config-refused', { where: at.where(keyword), reason: `${text}: ${error.message}` });
  }
}

function agentOf(
  written: string | undefined,
  at: LocalMachine,
  path: (text: string) => string,
): string | null {
  if (written === undefined || written === 'SSH_AUTH_SOCK') return at.env['SSH_AUTH_SOCK'] || null;
  if (written === 'none') return null;
  return /^\$(?!\{)/.test(written) ? at.env[written.slice(1)] || null : path(written);
}

function jumpsOf(
  { host, port, user, values, expanded }: SshValues,
  tokens: ExpandInput['tokens'],
  at: LocalMachine,
): string[] {
  const written = values.get('proxyjump') ?? [];
  if (written.length === 0 || (!expanded && written[0] === 'none')) return [];
  const { h, n, p, r } = tokens as Record<'h' | 'n' | 'p' | 'r', () => string>;
  const jumps = written.map((hop) =>
    explained('proxyjump', hop, at, () => expandTokens(hop, { h, n, p, r })),
  );
  const last = readAddress(written.at(-1) ?? '');
  if (last?.host === host && (last.port ?? 22) === port && (last.user ?? user) === user)
    throw fail('ssh-config-refused', {
      where: at.where('proxyjump'),
      reason: `${host} is reached through itself`,
    });
  jumps.forEach(parseAddress);
  return jumps;
}
