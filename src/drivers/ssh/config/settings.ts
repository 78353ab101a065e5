/**
 * Turns an address into all that a connection needs, by the OpenSSH client configuration. Where OpenSSH is installed and its files
 * say something that counts, it is asked (`ssh -G`); else our own reader tells, which refuses what it does not know.
 */
import { hostname } from 'node:os';
import { fail, type CanopyError } from '../../../errors.ts';
import { parseAddress, type SshAddress } from '../../../shared/url/ssh-address.ts';
import { homeOfUser, isSameFolder, ownAccount } from './accounts.ts';
import { allLines, type ConfigLine } from './config-file.ts';
import { keywordOf, kindOf } from './keywords.ts';
import { openOpenSsh, type OpenSsh } from './openssh.ts';
import { isUsualConfig, readConfigFiles } from './read-files.ts';
import { resolveHost } from './resolve.ts';
import { toResolved, type LocalMachine, type Resolved } from './resolved.ts';

export interface ConfigReader {
  readonly config: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user where nothing says one; it is asked for when it is needed. The one who runs this by default. */
  readonly user?: string;
}

interface Opened {
  readonly files: readonly (readonly ConfigLine[])[];
  readonly lines: readonly ConfigLine[];
  readonly openSsh: OpenSsh | null;
}

/** Gives the settings of an address; files are read once. Throws `ssh-address`, `ssh-file`, `ssh-user` and `ssh-config-refused`. */
export function openSettings(reader: ConfigReader): (address: string) => Promise<Resolved> {
  let opened: Promise<Opened> | undefined;
  const known = new Map<string, Promise<Resolved>>();
  return (address) => {
    const before = known.get(address);
    if (before) return before;
    const parsed = Promise.resolve().then(() => parseAddress(address));
    const found = parsed.then(async (at) => resolve(await (opened ??= open(reader)), at, reader));
    known.set(address, found);
    found.catch(() => known.delete(address)); // Whoever waits for it hears the error.
    return found;
  };
}

async function open(reader: ConfigReader): Promise<Opened> {
  const { config, home, env } = reader;
  const files = readConfigFiles(config, home);
  const lines = files.flatMap(allLines);
  const asked = lines.some(counts) && mayBeAsked(lines) && isHomeOfOpenSsh(home);
  const openSsh = asked ? await openOpenSsh(isUsualConfig(config, home) ? null : config, env) : null;
  return { files, lines, openSsh };
}

/** Whether a line can change whom we reach or as whom. */
const counts = ({ keyword }: ConfigLine): boolean =>
  kindOf(keywordOf(keyword)) !== 'harmless' && !['host', 'include', 'ignoreunknown'].includes(keyword);

/** OpenSSH runs the program of a `Match exec` while it reads: it is not asked when there may be one. */
const mayBeAsked = (lines: readonly ConfigLine[]): boolean =>
  !lines.some(
    ({ keyword, rest, included }) => included === null || (/match/i.test(keyword) && /exec/i.test(rest)),
  );

/** OpenSSH takes the home of the user's entry, whatever HOME says; it starts for no user without one. */
function isHomeOfOpenSsh(home: string): boolean {
  const account = ownAccount();
  return account !== null && isSameFolder(account.home, home);
}

async function resolve(opened: Opened, address: SshAddress, reader: ConfigReader): Promise<Resolved> {
  const { files, openSsh } = opened;
  const machine = machineOf(opened, address, reader);
  if (openSsh === null) return toResolved(resolveHost(files, address, machine.user), address, machine);
  const found = await openSsh.ask(address);
  if (typeof found === 'string') throw refusedBySsh(address, found);
  const texts = ['identityfile', 'certificatefile'].flatMap((keyword) => found.values.get(keyword) ?? []);
  const asked = await askTokens(openSsh, address, texts);
  return toResolved(found, address, { ...machine, asked });
}

/** `%C` and `%j` differ between versions: OpenSSH writes them into a path that it replaces them in. */
async function askTokens(
  openSsh: OpenSsh,
  address: SshAddress,
  texts: readonly string[],
): Promise<Record<string, string>> {
  const plain = texts.join('\n').replaceAll('%%', '');
  const asked: Record<string, string> = {};
  for (const letter of ['C', 'j']) {
    if (!plain.includes(`%${letter}`)) continue;
    const found = await openSsh.ask(address, [`ControlPath=/%${letter}`]);
    if (typeof found === 'string') throw refusedBySsh(address, found);
    asked[letter] = (found.values.get('controlpath')?.[0] ?? '/').slice(1);
  }
  return asked;
}

const refusedBySsh = ({ host }: SshAddress, reason: string): CanopyError =>
  fail('ssh-config-refused', { where: `the OpenSSH configuration of ${host}`, reason });

function machineOf({ lines }: Opened, { host }: SshAddress, reader: ConfigReader): LocalMachine {
  const { config, home, env, user } = reader;
  const written = (keyword: string): ConfigLine[] =>
    lines.filter((line) => keywordOf(line.keyword) === keyword);
  return {
    env,
    homeOf: (name) => (name === '' ? home : homeOfUser(name)),
    user: () => user ?? ownName(host, env),
    uid: process.getuid?.() ?? 0,
    hostname: hostname(),
    asked: {},
    where: (keyword) => {
      const [first, ...more] = written(keyword);
      return first && more.length === 0 ? `${first.file} line ${first.line}` : (first?.file ?? config);
    },
    written: (keyword) => written(keyword).map((line) => line.values ?? []),
  };
}

/** A container may run as a user that no file knows. */
function ownName(host: string, env: ConfigReader['env']): string {
  const name = ownAccount()?.name ?? (env['USER'] || env['LOGNAME']);
  if (name) return name;
  throw fail('ssh-user', { host, uid: String(process.getuid?.() ?? '') });
}
