/**
 * A server with a real Docker Engine and a real sshd, in namespaces of its own: its network, its mounts (so that the socket stands where
 * docker looks for it) and its processes, which all end with the one that we start.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runsAlone } from '../../../scripts/support/fits.mjs';
import { findProgram } from '../../../scripts/support/system.mjs';
import { needs, type Need } from '../needs.ts';
import { plug, unplug } from '../ssh/plug.ts';
import { startSshd, type Sshd } from '../ssh/sshd.ts';
import { waitFor } from '../wait-for.ts';

export interface DockerHost {
  readonly address: string;
  /** A folder of both worlds; gone after `stop`. */
  readonly folder: string;
  readonly sshd: Sshd;
  /** Runs a script as root on the host; $1, $2 … are `words`. Returns what it printed, trimmed; throws when it fails. */
  sh(script: string, ...words: string[]): string;
  /** Ends the engine with all containers, as a crash does, or starts it again. */
  engine(action: 'kill' | 'start'): Promise<void>;
  /** Words that put `nsenter` in front of a program. */
  readonly enter: readonly string[];
  stop(): Promise<void>;
}

/** One that runs where there is nothing else: the images are made of it. */
const busybox = (): string | null => findProgram('busybox', undefined, runsAlone);
const staticBusybox: Need = { name: 'a static busybox', met: () => busybox() !== null };

export const needsDocker = needs(
  ...['root', 'redis-server', 'sshd', 'git', 'ps', 'ip', 'unshare', 'nsenter', 'setpriv'],
  ...['dockerd', 'containerd', 'docker', 'iptables', staticBusybox],
);

/** `base:1` is an image there with the commands of busybox: there is no registry. */
export async function startDockerHost(): Promise<DockerHost> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-docker-'));
  const name = `canopy-${randomBytes(5).toString('hex')}`;
  const link = `v${name.slice(-10)}`;
  const words = ['--mount', '--net', '--pid', '--mount-proc', '--fork', '--kill-child=KILL'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...words, 'sh', '-ec', holder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = (): void => {
    unplug(link);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  const clean = (): boolean => removeCgroups(name);
  const atExit = (): void => {
    end();
    for (let tries = 0; tries < 50 && !clean(); tries += 1) spawnSync('sleep', ['0.02']);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  let sshd: Sshd | null = null;
  const stop = async (): Promise<void> => {
    await sshd?.stop();
    end();
    await gone;
    await waitFor('the cgroups of the containers to be empty', clean);
    process.off('exit', atExit);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor('the namespaces', () => said.includes('ready\n'));
    const leader = onlyChild(child.pid ?? 0);
    const enter = ['nsenter', '--target', String(leader), '--mount', '--net', '--pid', '--'];
    const sh: DockerHost['sh'] = (script, ...more) => run([...enter, 'sh', '-ec', script, 'sh', ...more]);
    const engine: DockerHost['engine'] = async (action) => {
      if (action === 'kill') return void sh('kill -9 "$(cat /run/docker.pid)"');
      sh(starter, folder, name);
      await waitFor('the Docker Engine', () => (sh('docker version'), true), 30_000);
    };
    const address = plug(link, leader);
    await engine('start');
    makeBase(join(folder, 'base'), sh);
    sshd = await startSshd({ folder: join(folder, 'sshd'), listen: address, through: enter });
    return { address, folder, sshd, sh, engine, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// The first process of the namespace: it collects what its children leave behind, and lives until it is killed.
const holder = `mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
[ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
ip link set lo up
echo ready
while :; do sleep 3600; done`;

const starter = `rm -f /run/docker.pid
nohup dockerd --data-root "$1/images" --exec-root /run/docker --pidfile /run/docker.pid --cgroup-parent "/$2" \\
  --exec-opt native.cgroupdriver=cgroupfs >> "$1/dockerd.log" 2>&1 </dev/null &`;

function makeBase(folder: string, sh: DockerHost['sh']): void {
  mkdirSync(folder);
  copyFileSync(busybox() ?? 'busybox', join(folder, 'busybox'));
  writeFileSync(
    join(folder, 'Dockerfile'),
    'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n',
  );
  sh('docker build -t base:1 "$1"', folder);
}

function run([program = '', ...words]: readonly string[]): string {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const ran = spawnSync(program, words, {
    encoding: 'utf8',
    env: { PATH: path, LANG: 'C.UTF-8' },
    timeout: 60_000,
  });
  if (ran.status !== 0) throw new Error(`${words.at(-1)}: exit ${ran.status} ${ran.stderr}${ran.stdout}`);
  return ran.stdout.trim();
}

function onlyChild(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  const [child] = stdout.split(/\s+/).filter(Boolean).map(Number);
  if (child === undefined) throw new Error(`${pid} has no child`);
  return child;
}

/** False while a process is still in one of them. */
function removeCgroups(name: string): boolean {
  const root = '/sys/fs/cgroup';
  const kinds = readdirSync(root, { withFileTypes: true }).filter((item) => item.isDirectory());
  return [root, ...kinds.map((item) => join(root, item.name))]
    .map((at) => remove(join(at, name)))
    .every(Boolean);
}

function remove(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const below = readdirSync(folder, { withFileTypes: true }).filter((item) => item.isDirectory());
  if (!below.map((item) => remove(join(folder, item.name))).every(Boolean)) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    // A process is on its way out.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    return false;
  }
}
