/**
 * Random configurations of the OpenSSH client beside `ssh -G`. Our own reader gives what `ssh -G` prints, or refuses; what `ssh -G`
 * refuses is refused. And what is asked of `ssh -G` by us is what it prints.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { openSettings } from '../../../src/drivers/ssh/config/settings.ts';
import type { Resolved } from '../../../src/drivers/ssh/config/resolved.ts';
import { isCanopyError } from '../../../src/errors.ts';
import { readAddress } from '../../../src/shared/url/ssh-address.ts';
import { chanceOf } from '../random.ts';
import { sshConfigOf, type SshConfigInput } from './ssh-config-grammar.ts';

type Told = Record<'inputs' | 'agreed' | 'refusedByBoth' | 'refusedByUsAlone', number>;

/** Our own environment names: nothing of the machine's is meant. */
const env = { CANOPY_A: '/va', CANOPY_B: 'vb c', CANOPY_EMPTY: '', SSH_AUTH_SOCK: '/run/agent', LC_ALL: 'C' };
const home = userInfo().homedir;
/** With another home than the one it takes, ssh is not asked: our own reader tells. */
const elsewhere = '/home-of-the-test';
/** Of this many runs one asks by the way that users take, too. */
const EVERY = 20;
/** So many are asked by one shell: starting a program from here costs more than `ssh -G` itself. */
const BATCH = 100;

interface Input extends SshConfigInput {
  readonly seed: number;
  readonly folder: string;
}

/** Throws at the first input on which the two do not agree, and when too many are refused for that to say much. */
export async function checkSshConfig({ runs, seed }: { runs: number; seed: number }): Promise<Told> {
  const told: Told = { inputs: 0, agreed: 0, refusedByBoth: 0, refusedByUsAlone: 0 };
  for (let from = seed; from < seed + runs; from += BATCH) {
    const folder = mkdtempSync(join(tmpdir(), 'canopy-ssh-config-'));
    try {
      const inputs = Array.from({ length: Math.min(BATCH, seed + runs - from) }, (_, at) =>
        inputOf(from + at, join(folder, String(from + at))),
      );
      const right = await printed(inputs.map((input) => ({ input, settings: [] })));
      const withKeys = inputs.flatMap((input, at) => {
        const keys = filesIn(right[at] ?? null);
        return keys.length === 0 ? [] : [{ input, settings: mirrored(keys) }];
      });
      const named = await printed(withKeys);
      const namesOf = new Map(withKeys.map(({ input }, at) => [input, named[at] ?? null]));
      for (const [at, input] of inputs.entries()) {
        told.inputs += 1;
        told[await checkOne(input, right[at] ?? null, namesOf.get(input) ?? null)] += 1;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (runs >= 1000 && (told.agreed < runs * 0.4 || told.refusedByUsAlone > runs * 0.15))
    throw new Error(`too few say something: ${JSON.stringify(told)}`);
  return told;
}

function inputOf(seed: number, folder: string): Input {
  const input = { ...sshConfigOf(chanceOf(seed), folder), seed, folder };
  mkdirSync(folder);
  for (const { name, text } of input.files) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return input;
}

async function checkOne(
  input: Input,
  right: Printed | null,
  named: Printed | null,
): Promise<Exclude<keyof Told, 'inputs'>> {
  const { seed, address, files, folder } = input;
  const ours = await settled(address, folder, elsewhere);
  const texts = files.map(({ name, text }) => `== ${name}\n${text}`).join('');
  const wrong = (what: string): Error => new Error(`--seed ${seed}: ${what}\n${address}\n${texts}`);
  if (typeof ours !== 'string') {
    if (right === null) throw wrong(`ssh -G refuses it, we do not: ${JSON.stringify(ours)}`);
    const difference = differenceOf(ours, right, named);
    if (difference !== null) throw wrong(difference);
  }
  if (seed % EVERY === 0) {
    const asked = await settled(address, folder, home);
    if (typeof asked === 'string' && right !== null && !isOfOurs(asked))
      throw wrong(`refused by asking: ${asked}`);
    if (typeof asked !== 'string' && right === null) throw wrong('ssh -G refuses it, we do not when we ask');
    if (typeof asked !== 'string' && typeof ours !== 'string' && alike(asked) !== alike(ours))
      throw wrong(`asked: ${JSON.stringify(asked)}\nours: ${JSON.stringify(ours)}`);
  }
  if (typeof ours !== 'string') return 'agreed';
  return right === null ? 'refusedByBoth' : 'refusedByUsAlone';
}

/** `ssh -G` prints ssh://bob@gate as bob@gate. */
const alike = (found: Resolved): string => JSON.stringify({ ...found, jumps: found.jumps.map(readAddress) });

/** What we refuse though `ssh -G` prints it. */
const isOfOurs = (reason: string): boolean =>
  /ProxyCommand is not supported|no SSH address|through itself|is not set|not known here|is no variable|no user/.test(
    reason,
  );

async function settled(address: string, folder: string, from: string): Promise<Resolved | string> {
  const PATH = process.env['PATH'];
  try {
    const settings = openSettings({ config: join(folder, 'config'), home: from, env: { ...env, PATH } });
    const text = JSON.stringify(await settings(address));
    return JSON.parse(text.replaceAll(elsewhere, home)) as Resolved;
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return error.message;
  }
}

type Printed = ReadonlyMap<string, readonly string[]>;

/** What `ssh -G` prints of each; null: it refuses. */
async function printed(
  asked: readonly { readonly input: Input; readonly settings: readonly string[] }[],
): Promise<(Printed | null)[]> {
  const script = asked
    .map(({ input, settings }, at) => {
      const { user = null, host = '', port = null } = readAddress(input.address) ?? {};
      const words = ['-G', '-F', join(input.folder, 'config'), ...settings.flatMap((text) => ['-o', text])];
      const more = [...(user ? ['-l', user] : []), ...(port ? ['-p', String(port)] : []), host];
      return `ssh ${[...words, ...more].map(quoted).join(' ')} </dev/null && echo '@@ok ${at}'; echo '@@end'`;
    })
    .join('\n');
  const text = await new Promise<string>((resolve, reject) => {
    const options = { env: { ...env, PATH: process.env['PATH'] }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile('sh', [], options, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(`exec 2>/dev/null\n${script}\n`);
  });
  return text.split('@@end\n').slice(0, asked.length).map(valuesIn);
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

function valuesIn(text: string): Printed | null {
  if (!/^@@ok \d+$/m.test(text)) return null;
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword = '', rest = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    found.set(keyword, [...(found.get(keyword) ?? []), rest]);
  }
  return found;
}

const isUsual = (names: readonly string[]): boolean =>
  names.length > 3 && names.every((name) => name.startsWith('~/.ssh/id_'));

/** IdentityFile and CertificateFile, which are printed as they are written. */
const filesIn = (right: Printed | null): string[] => {
  const names = right?.get('identityfile') ?? [];
  const identities = isUsual(names) ? [] : names.filter((name) => name.toLowerCase() !== 'none');
  return [...identities, ...(right?.get('certificatefile') ?? [])];
};

/** OpenSSH replaces the same tokens in UserKnownHostsFile before it prints; there, `none` has to be alone, unlike here. */
const mirrored = (texts: readonly string[]): string[] => {
  const words = texts
    .map((text) => (text.toLowerCase() === 'none' ? `\${CANOPY_EMPTY}${text}` : text))
    .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  return [`UserKnownHostsFile=${words.join(' ')}`];
};

/** `named`: with the names of keys in place of those of known hosts. */
function differenceOf(ours: Resolved, right: Printed, named: Printed | null): string | null {
  const one = (keyword: string): string | undefined => right.get(keyword)?.[0];
  const list = (files: readonly string[]): string => files.join(' ') || 'none';
  const usualFiles = `${home}/.ssh/known_hosts ${home}/.ssh/known_hosts2`;
  const keys = [...(ours.identityFiles ?? []), ...ours.certificateFiles];
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    host: [ours.host, one('hostname')],
    port: [String(ours.port), one('port')],
    user: [ours.user, one('user')],
    only: [ours.identitiesOnly ? 'yes' : 'no', one('identitiesonly')],
    alias: [ours.hostKeyAlias ?? undefined, one('hostkeyalias')],
    agent: [ours.agent, agentIn(one('identityagent'))],
    jumps: [ours.jumps.map(readAddress), jumpsIn(one('proxyjump'), ours)],
    program: [undefined, one('proxycommand')],
    'known hosts': [list(ours.knownHosts ?? [usualFiles]), one('userknownhostsfile')],
    "the machine's known hosts": [list(ours.globalKnownHosts), one('globalknownhostsfile')],
    family: [ours.family, { inet: 4, inet6: 6 }[one('addressfamily') ?? ''] ?? 0],
    from: [ours.bindAddress ?? undefined, one('bindaddress')],
    'usual keys': [ours.identityFiles === null, isUsual(right.get('identityfile') ?? [])],
    keys:
      keys.length === 0 ? [0, filesIn(right).length] : [list(keys), named?.get('userknownhostsfile')?.[0]],
  };
  for (const [what, [mine, theirs]] of Object.entries(pairs)) {
    if (JSON.stringify(mine) === JSON.stringify(theirs)) continue;
    return `${what}: ours ${JSON.stringify(mine)}, ssh -G ${JSON.stringify(theirs)}`;
  }
  return null;
}

const agentIn = (text: string | undefined): string | null => {
  if (text === undefined || text === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK;
  if (text === 'none') return null;
  return text === '$CANOPY_A' ? env.CANOPY_A : text;
};

/** Tokens stand as they are written; `%h` is the host and `%r` the user. */
const jumpsIn = (text: string | undefined, ours: Resolved): unknown[] =>
  text === undefined
    ? []
    : text.split(',').map((hop) => readAddress(hop.replaceAll('%h', ours.host).replaceAll('%r', ours.user)));
