/**
 * What the OpenSSH configuration says of one host, as `ssh -G` prints it: the first value that is found counts. Whatever could
 * change whom we reach or as whom and is not known here is an error. Pure.
 */
import { fail, type CanopyError } from '../../../errors.ts';
import type { SshAddress } from '../../../shared/url/ssh-address.ts';
import type { ConfigLine } from './config-file.ts';
import { expandTokens, NotExpanded } from './expand.ts';
import { canonicalHost } from './host-name.ts';
import { hopsOf } from './hops.ts';
import { keywordOf, kindOf } from './keywords.ts';
import { matchLine } from './match.ts';
import { matchesHosts, matchesList } from './words/pattern.ts';

/** What one resolver found out: our own, or `ssh -G`. */
export interface SshValues {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** By keyword in lower case, as it was written. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Whether tokens are replaced already in the paths of the agent and of known hosts. */
  readonly expanded: boolean;
}

/** The login name on this machine; throws where there is none. */
type LocalUser = () => string;

interface Walk {
  readonly address: SshAddress;
  readonly localUser: LocalUser;
  readonly values: Map<string, readonly string[]>;
  /** What `Host` is compared with. */
  readonly host: string;
  readonly final: boolean;
  /** In a file that an inactive block includes: no line of it is active. */
  readonly never: boolean;
  wantsFinal: boolean;
}

/** Throws `ssh-config-refused` and `ssh-address`. */
export function resolveHost(
  files: readonly (readonly ConfigLine[])[],
  address: SshAddress,
  localUser: LocalUser,
): SshValues {
  const values = new Map<string, readonly string[]>();
  const walked: Walk = {
    ...{ address, localUser, values, host: address.host, final: false, never: false, wantsFinal: false },
  };
  for (const lines of files) walk(lines, walked, true);
  const host = canonicalHost(
    namedHost(values, address.host, files.flat()[0]),
    values.get('addressfamily')?.[0],
  );
  if (walked.wantsFinal) for (const lines of files) walk(lines, { ...walked, host, final: true }, true);
  const port = address.port ?? Number(values.get('port')?.[0] ?? 22);
  const user = address.user ?? values.get('user')?.[0] ?? localUser();
  return { host, port, user, values, expanded: false };
}

/** Goes through the lines in order; an included file is as active as the place that includes it. */
function walk(lines: readonly ConfigLine[], at: Walk, outer: boolean): void {
  let active = outer;
  for (const line of lines) {
    const keyword = keywordOf(line.keyword);
    const values = checked(line, keyword, at);
    if (keyword === 'host') active = !at.never && matchesList(values, at.host);
    else if (keyword === 'match') active = isMatch(line, at) && !at.never;
    else if (keyword === 'include') includeAt(line, at, active);
    else if (keyword === 'proxyjump' || keyword === 'proxycommand')
      takeProxy(line, keyword, at.values, active);
    else if (active) take(line, keyword, values, at.values);
  }
}

function includeAt(line: ConfigLine, at: Walk, active: boolean): void {
  if (line.included === null) throw refused(line, 'Canopy cannot tell which files this Include names');
  for (const file of line.included) {
    const inner = { ...at, never: at.never || !active };
    walk(file, inner, active);
    at.wantsFinal ||= inner.wantsFinal;
  }
}

/** The words of a line, which OpenSSH checks in inactive blocks too. */
function checked(line: ConfigLine, keyword: string, at: Walk): readonly string[] {
  const kind = kindOf(keyword);
  if (line.rest === '') throw refused(line, `${line.keyword} has no value`);
  if (line.values === null) throw refused(line, 'a quote is not closed');
  const ignored = at.values.get('ignoreunknown')?.[0]?.split(',') ?? [];
  if (kind === undefined && !matchesHosts(ignored, keyword))
    throw refused(line, `${line.keyword} is not known`);
  const { values } = line;
  const words = kind === 'text' || kind === 'flag' || kind === 'file' || keyword === 'port';
  if (words || keyword === 'ignoreunknown' || keyword === 'addressfamily') {
    if (!values[0]) throw refused(line, `${line.keyword} has no value`);
    if (values.length > 1) throw refused(line, `${line.keyword} has more than one value`);
  }
  if ((kind === 'list' || keyword === 'host' || keyword === 'include') && values.includes(''))
    throw refused(line, `${line.keyword} has an empty value`);
  if (kind === 'list' && values.length > 1 && values.some(isNone))
    throw refused(line, `none stands alone in ${line.keyword}`);
  checkValue(line, keyword, values[0] ?? '');
  return values;
}

function checkValue(line: ConfigLine, keyword: string, value: string): void {
  const rule = rules[keyword];
  if (rule && !rule.test(value)) throw refused(line, `"${value}" is no value of ${line.keyword}`);
  if (keyword === 'port' && Number(value) > 65_535) throw refused(line, `"${value}" is no port`);
  if (keyword === 'user' && value.includes('%'))
    throw refused(line, 'tokens in User differ between versions of OpenSSH');
  // OpenSSH looks at the text before it knows the host.
  if (keyword === 'identityagent' && /\$\{[^}]*$|\$\{\}/.test(value))
    throw refused(line, `"${value}" is no variable`);
}

/** What a value has to look like, wherever it stands. */
const rules: Readonly<Record<string, RegExp>> = {
  port: /^0*[1-9]\d{0,4}$/,
  identitiesonly: /^(yes|no|true|false)$/i,
  addressfamily: /^(any|inet|inet6)$/i,
  canonicalizehostname: /^(yes|no|true|false|always)$/i,
  identityagent: /^(?!\$(?!\{|[A-Za-z_]\w*$))/,
};

function isMatch(line: ConfigLine, at: Walk): boolean {
  const matched = matchLine(line.rest, {
    host: at.final ? at.host : namedHost(at.values, at.host, line),
    original: at.address.host,
    user: () => at.address.user ?? at.values.get('user')?.[0] ?? at.localUser(),
    localUser: at.localUser,
    final: at.final,
    never: at.never,
  });
  if (typeof matched === 'string') throw refused(line, matched);
  at.wantsFinal ||= matched.wantsFinal;
  return matched.result;
}

function take(
  line: ConfigLine,
  keyword: string,
  values: readonly string[],
  found: Map<string, readonly string[]>,
): void {
  const kind = kindOf(keyword);
  if (kind === 'harmless' || kind === undefined) return;
  if (kind === 'file') {
    const before = found.get(keyword) ?? [];
    found.set(keyword, before.includes(values[0] ?? '') ? before : [...before, ...values]);
    return;
  }
  if (found.has(keyword)) return;
  found.set(keyword, kind === 'command' ? [line.rest] : values);
  const one = values[0]?.toLowerCase() ?? '';
  if (keyword === 'canonicalizehostname' && one !== 'no' && one !== 'false')
    throw refused(line, 'CanonicalizeHostname is not supported here');
  if (keyword === 'canonicalizepermittedcnames' && one !== 'none')
    throw refused(line, 'CanonicalizePermittedCNAMEs is not supported here');
}

/**
 * Of ProxyJump and ProxyCommand the one that is found first counts, `none` too. Whether `ProxyJump none` keeps a later program
 * out differs between versions: it is taken, and so refused.
 */
function takeProxy(
  line: ConfigLine,
  keyword: string,
  found: Map<string, readonly string[]>,
  active: boolean,
): void {
  const text = line.rest.replace(/^[ \t\r\n=]+/, '');
  const hops = keyword === 'proxyjump' ? hopsOf(text) : [text];
  if (hops === null) throw refused(line, `"${text}" is no machine to go through`);
  const jump = found.get('proxyjump');
  const isFirst = jump === undefined || (keyword === 'proxycommand' && jump[0] === 'none');
  if (active && isFirst && !found.has('proxycommand')) found.set(keyword, hops);
}

/** HostName with its token. */
function namedHost(
  values: ReadonlyMap<string, readonly string[]>,
  host: string,
  line: ConfigLine | undefined,
): string {
  const written = values.get('hostname')?.[0];
  try {
    return written === undefined ? host : expandTokens(written, { h: () => host });
  } catch (error) {
    if (error instanceof NotExpanded && line) throw refused(line, `HostName ${written}: ${error.message}`);
    throw error;
  }
}

export const isNone = (text: string): boolean => text.toLowerCase() === 'none';

const refused = ({ file, line }: ConfigLine, reason: string): CanopyError =>
  fail('ssh-config-refused', { where: `${file} line ${line}`, reason });
