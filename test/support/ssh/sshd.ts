import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { endProcess } from '../end-process.ts';
import { freePort } from '../temp.ts';
import { waitFor } from '../wait-for.ts';
import { endWithUs } from '../with-us.ts';

export interface SshdOptions {
  /** Keys and configuration are written here. */
  readonly folder: string;
  readonly port?: number;
  /** An address of the loopback; 127.0.0.1 by default. */
  readonly listen?: string;
  readonly hostKeys?: readonly (keyof typeof kinds)[];
  /** Private key files that may log in; without it a key is made. */
  readonly accept?: readonly string[];
  readonly passphrase?: string;
  readonly forwarding?: boolean;
  /** PATH of what is run there; the server's own by default. */
  readonly path?: string;
  /** Every command that arrives is added to this file, ended by a NUL, before it is run. */
  readonly record?: string;
  /** What every session finds in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it asks for passwords as well; nobody's is known here. */
  readonly passwords?: boolean;
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  /** A program with its arguments that starts it, like nsenter: then it listens in another network. */
  readonly through?: readonly string[];
}

export interface Sshd {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  /** Of the first host key. */
  readonly knownHostsLine: string;
  readonly hostKeyFiles: readonly string[];
  readonly pid: number;
  log(): string;
  /** The commands that arrived; needs `record`. */
  commands(): string[];
  /** Ends the listener and all its connections. */
  stop(): Promise<void>;
}

/** A real OpenSSH server as the current user, with keys of its own. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { folder, listen = '127.0.0.1' } = options;
  mkdirSync(folder, { recursive: true });
  const user = userInfo().username;
  const port = options.port ?? (await freePort());
  const hostKeyFiles = (options.hostKeys ?? ['ed25519']).map((type) =>
    makeKey(join(folder, `host_${type}`), type),
  );
  const accepted = options.accept ?? [makeKey(join(folder, 'user_key'), 'ed25519', options.passphrase)];
  writeFileSync(
    join(folder, 'authorized_keys'),
    accepted.map((file) => readFileSync(`${file}.pub`, 'utf8')).join(''),
  );
  const config = join(folder, 'sshd_config');
  writeFileSync(config, configText(options, port, listen, hostKeyFiles, user));
  runFolder();
  const logFile = join(folder, 'sshd.log');
  const out = openSync(logFile, 'a');
  const [program = '', ...words] = [...(options.through ?? []), '/usr/sbin/sshd', '-D', '-e', '-f', config];
  const child = spawn(program, words, {
    stdio: ['ignore', out, out],
    env: loginPath(),
  });
  endWithUs(child);
  const log = (): string => readFileSync(logFile, 'utf8');
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      for (const pid of descendants(child.pid ?? 0)) endProcess(pid);
      child.kill('SIGKILL');
      await gone;
    }
  };
  try {
    await waitFor(`sshd on ${port}`, () => {
      if (child.exitCode !== null) throw new Error(log());
      return opens(listen, port);
    });
  } catch (error) {
    await stop();
    throw new Error(`sshd does not start: ${log()}`, { cause: error });
  }
  const name = port === 22 ? listen : `[${listen}]:${port}`;
  const key = readFileSync(`${hostKeyFiles[0]}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  return {
    host: listen,
    port,
    user,
    keyFile: accepted[0] ?? '',
    knownHostsLine: `${name} ${key}`,
    hostKeyFiles,
    pid: child.pid ?? 0,
    log,
    commands: () =>
      options.record && existsSync(options.record)
        ? readFileSync(options.record, 'utf8').split('\0').slice(0, -1).map(commandIn)
        : [],
    stop,
  };
}

const kinds = {
  ed25519: ['-t', 'ed25519'],
  ecdsa: ['-t', 'ecdsa'],
  // The shortest that is accepted: a longer one takes seconds to find on a busy machine.
  rsa: ['-t', 'rsa', '-b', '2048'],
} as const;

/** A key pair made by ssh-keygen; returns the private file. */
export function makeKey(file: string, type: keyof typeof kinds, passphrase = ''): string {
  if (!existsSync(file))
    execFileSync('ssh-keygen', ['-q', ...kinds[type], '-N', passphrase, '-C', 'test', '-f', file]);
  return file;
}

/** The processes below one, the deepest first: its own children, found by their parent, never by name. */
export function descendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  const children = stdout.split(/\s+/).filter(Boolean).map(Number);
  return children.flatMap((child) => [...descendants(child), child]);
}

function configText(
  options: SshdOptions,
  port: number,
  listen: string,
  hostKeys: readonly string[],
  user: string,
): string {
  const { folder } = options;
  return [
    `Port ${port}`,
    `ListenAddress ${listen}`,
    ...hostKeys.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    `PasswordAuthentication ${options.passwords === true ? 'yes' : 'no'}`,
    'KbdInteractiveAuthentication no',
    `PermitRootLogin ${options.passwords === true ? 'yes' : 'prohibit-password'}`,
    `AllowUsers ${user}`,
    'MaxStartups 200',
    // bash reads ~/.bashrc under sshd only at the first level: the tests do not depend on what stands there.
    `SetEnv ${Object.entries({
      ...(options.env ?? { SHLVL: '2' }),
      ...(options.path ? { PATH: options.path } : {}),
    })
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}`,
    'PermitUserRC no',
    'LogLevel VERBOSE',
    ...['AllowTcpForwarding', 'AllowStreamLocalForwarding'].map(
      (key) => `${key} ${options.forwarding === false ? 'no' : 'yes'}`,
    ),
    ...(options.record ? [`ForceCommand ${recorder(folder, options.record)}`] : []),
    ...(options.config ?? []),
    '',
  ].join('\n');
}

/** The command in a script as it was sent: in the line, or by standard input. */
function commandIn(sent: string): string {
  const octal = /^'sh' -c '[^']*' canopy '([^']*)'$/s.exec(sent)?.[1];
  const bytes = octal?.replace(/\\0([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));
  const script = bytes === undefined ? sent : Buffer.from(bytes, 'latin1').toString('utf8');
  return /\necho "\$canopy_token begin" >&2\n(.*)\ncanopy_code=/s.exec(script)?.[1] ?? script;
}

/** A program that writes each command down, wherever it comes from, and then runs it as sshd would have. */
function recorder(folder: string, record: string): string {
  const file = join(folder, 'record.sh');
  writeFileSync(
    file,
    `#!/bin/sh
note() { printf '%s\\0' "$1" >> '${record}' || exit 99; }
case $SSH_ORIGINAL_COMMAND in
  "'sh'") text=$(cat; echo .); note "\${text%.}"; printf %s "\${text%.}" | sh ;;
  *'read canopy_size;'*)
    read -r n; text=$(dd bs=1 count="$n" 2>/dev/null); note "$text"
    { printf '%s\\n%s' "$n" "$text"; exec cat; } | exec sh -c "$SSH_ORIGINAL_COMMAND" ;;
  *) note "$SSH_ORIGINAL_COMMAND"; exec sh -c "$SSH_ORIGINAL_COMMAND" ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

/** As root sshd wants this empty folder; when we made it, it is gone again at the end of this process. */
function runFolder(): void {
  const folder = '/run/sshd';
  if (process.getuid?.() !== 0 || existsSync(folder)) return;
  mkdirSync(folder, { mode: 0o755 });
  process.once('exit', () => {
    if (existsSync(folder)) rmdirSync(folder);
  });
}

const loginPath = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LANG: 'C.UTF-8' });

async function opens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
