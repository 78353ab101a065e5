/**
 * Hosts with a real systemd and a real sshd: this machine's own / under an overlay in memory, booted by systemd-nspawn.
 * Mounts and network live in namespaces of the process that boots, which dies with this one.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Need } from '../needs.ts';
import { bootCommand, removeCgroups, treeOf, type Boot } from './nspawn-boot.ts';
import { sshPorts, writeTree } from './nspawn-tree.ts';
import { plug, unplug } from '../ssh/plug.ts';
import { makeKey } from '../ssh/sshd.ts';
import { waitFor } from '../wait-for.ts';

export interface NspawnHost {
  readonly address: string;
  /** The private key with which `deploy` logs in. */
  readonly keyFile: string;
  /** Lines of known_hosts for both SSH servers. */
  readonly knownHosts: string;
  /** Runs a script as root on the host; $1, $2 … are `words`. Returns what it printed; throws when it fails. */
  sh(script: string, ...words: string[]): string;
  /** The same without holding up what else this process does, such as a load. */
  run(script: string, ...words: string[]): Promise<string>;
  /** Copies a file or folder of this machine. */
  copy(from: string, to: string): void;
  stop(): Promise<void>;
}

/** Whether hosts can be booted here: asked by running a program in one that is not booted, in a fraction of a second. */
export const bootsHosts: Need = {
  name: 'the rights to boot a host by systemd-nspawn (overlay, namespaces, cgroups), or dbus and libpam-systemd',
  met: () => {
    const boot = newBoot(['--as-pid2', 'sh', '-c', probe]);
    try {
      const [program = '', ...words] = bootCommand(boot);
      const ran = spawnSync(program, words, { input: 'go\n', encoding: 'utf8', timeout: 20_000 });
      return ran.status === 0 && ran.stdout.includes('it boots');
    } finally {
      removeCgroups(boot.name);
      rmSync(boot.folder, { recursive: true, force: true });
    }
  },
};
const probe =
  'ls /lib/*/security/pam_systemd.so /lib/systemd/system/dbus.socket >/dev/null && node --version && echo it boots';

/** Boots a host; it takes a second or a few. */
export async function startNspawn(): Promise<NspawnHost> {
  const boot = newBoot(['--boot']);
  const link = `v${boot.name.slice(-10)}`;
  const [program = '', ...words] = bootCommand(boot);
  const child = spawn(program, words, { stdio: 'pipe' });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-8000)));
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const endNow = (): void => end(child, link);
  // Too late to wait for events: what can be removed at once is.
  const atExit = (): void => {
    endNow();
    for (let tries = 0; tries < 50 && !removeCgroups(boot.name); tries += 1) spawnSync('sleep', ['0.02']);
    rmSync(boot.folder, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  const stop = async (): Promise<void> => {
    endNow();
    await gone;
    await waitFor('the cgroups of the host to be empty', () => removeCgroups(boot.name));
    process.off('exit', atExit);
    rmSync(boot.folder, { recursive: true, force: true });
  };
  const alive = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('it has ended');
  };
  try {
    await waitFor('the tree of the host', () => (alive(), log.includes('ready\n')));
    const pid = child.pid ?? 0;
    const hostKeyFile = makeKey(join(boot.folder, 'host_key'), 'ed25519');
    const keyFile = makeKey(join(boot.folder, 'user_key'), 'ed25519');
    writeTree({
      tree: treeOf(pid, boot),
      name: boot.name,
      hostKeyFile,
      publicKey: readFileSync(`${keyFile}.pub`, 'utf8'),
    });
    const address = plug(link, pid);
    child.stdin.end('go\n');
    for (const port of Object.values(sshPorts))
      await waitFor(`sshd on ${address} port ${port}`, () => (alive(), greets(address, port)), 60_000);
    const leader = leaderOf(pid);
    const key = readFileSync(`${hostKeyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    return {
      address,
      keyFile,
      knownHosts: `${address} ${key}\n[${address}]:${sshPorts.plain} ${key}\n`,
      sh: (script, ...more) => inside(leader, script, more),
      run: (script, ...more) => beside(leader, script, more),
      copy: (from, to) => cpSync(from, join(treeOf(pid, boot), to), { recursive: true }),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the host does not boot: ${log}`, { cause: error });
  }
}

function newBoot(words: readonly string[]): Boot {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-host-'));
  return { folder, name: `canopy-${randomBytes(5).toString('hex')}`, words };
}

/** Ends what booted the host, and with it the host. Works in an exit handler too. */
function end(child: ChildProcess, link: string): void {
  unplug(link);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}

/** systemd of the host: the one child of systemd-nspawn, which is the one child of what we started. */
function leaderOf(pid: number): number {
  return onlyChild(onlyChild(pid));
}

function onlyChild(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  const [child, ...others] = stdout.split(/\s+/).filter(Boolean).map(Number);
  if (child === undefined || others.length > 0) throw new Error(`children of ${pid}: ${stdout}`);
  return child;
}

function inside(leader: number, script: string, words: readonly string[]): string {
  const { command, options } = entry(leader, script, words);
  const ran = spawnSync('nsenter', command, options);
  if (ran.status !== 0)
    throw new Error(`on the host: ${script}: exit ${ran.status} ${ran.stderr}${ran.stdout}`);
  return ran.stdout;
}

function beside(leader: number, script: string, words: readonly string[]): Promise<string> {
  const { command, options } = entry(leader, script, words);
  return new Promise((resolve, reject) => {
    execFile('nsenter', command, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`on the host: ${script}: exit ${error.code} ${stderr}${stdout}`));
    });
  });
}

function entry(leader: number, script: string, words: readonly string[]) {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    command: [
      '--target',
      String(leader),
      ...namespaces,
      '--',
      'sh',
      '-ec',
      `cd /\n${script}`,
      'sh',
      ...words,
    ],
    options: { encoding: 'utf8', env: { PATH: path, LANG: 'C.UTF-8' }, timeout: 60_000 } as const,
  };
}

/** Whether an SSH server says its name there. */
function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(2000, () => settle(false));
    socket.once('data', (chunk: Buffer) => settle(chunk.toString().startsWith('SSH-')));
    socket.once('error', () => settle(false));
  });
}
