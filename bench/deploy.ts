import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { found, toolsOf, type Tool } from './deploy/deploy-tools.ts';
import { deployWorld, type DeployWorld } from './deploy/deploy-world.ts';
import type { Measured } from './run.ts';

const sizes = (process.env['BENCH_SERVERS'] ?? '1,5,20,50').split(',').map(Number);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** Fifty servers take minutes a round. */
const roundsOf = (size: number): number => (size < 50 ? rounds : Math.max(1, Math.floor(rounds / 2)));
const jobs = ['one command', 'first deploy, one file', 'first deploy', 'repeat, 1 % changed'] as const;
type Job = (typeof jobs)[number];

interface Spent {
  readonly wall: number;
  /** Of the controller: user and system, with its children. */
  readonly cpu: number;
}

/** One command, a first deploy of 20 MB and a repeat with 1 % of the files changed, on 1 to 50 servers. */
export async function bench(): Promise<Measured> {
  const rows: string[][] = [];
  const ratios = new Map<string, number>();
  for (const size of sizes) {
    const spent = await measure(size);
    for (const job of jobs) {
      const own = median(spent, `canopy ${job}`);
      for (const [name, all] of spent) {
        if (!name.endsWith(` ${job}`)) continue;
        const tool = name.slice(0, -job.length - 1);
        const { wall, cpu } = medianOf(all);
        ratios.set(`${size} ${job} ${tool}`, wall / own.wall);
        rows.push([
          job,
          String(size),
          tool,
          (wall / 1000).toFixed(2),
          (wall / own.wall).toFixed(2),
          (cpu / own.cpu).toFixed(2),
        ]);
      }
    }
  }
  return {
    title: 'a deploy on 1 to 50 servers, beside OpenSSH, rsync, Ansible and pyinfra',
    method: `Median of ${rounds} interleaved rounds (${sizes.map((size) => `${roundsOf(size)} with ${size}`).join(', ')}). The servers are sshd processes on loopback, on the same two cores as the controller. Each run begins with a quiet disk (\`sync\`): Canopy alone waits until its files are on it. The release is 20 MB: 1,000 files, half of it incompressible, or one file that does not pack. The one command is \`true\`; \`canopy status\` asks for all facts instead. Ansible and pyinfra deploy as their users do, a task each: folders, lock, upload, unpack, environment file, switch, restart, health, delete old releases, unlock. OpenSSH and rsync only upload, unpack and switch, in one go. Canopy does all of it, keeps a journal on the servers and hashes every file there; canopy.yml says \`immutable\`, so that it links as \`rsync --link-dest\` does. Service and health are \`true\`. CPU is the controller's alone. Ratios above 1: slower than Canopy.`,
    versions: versions(),
    head: ['job', 'servers', 'tool', 'seconds', 'time / Canopy', 'CPU / Canopy'],
    rows: rows.sort((a, b) => jobs.indexOf(a[0] as Job) - jobs.indexOf(b[0] as Job)),
    goals: goalsOf(ratios),
  };
}

async function measure(size: number): Promise<Map<string, Spent[]>> {
  const world = await deployWorld(size);
  const spent = new Map<string, Spent[]>();
  try {
    const tools = toolsOf(world);
    for (let round = 0; round < roundsOf(size); round += 1) {
      for (const job of jobs) {
        for (const tool of tools) {
          const words = wordsOf(tool, job, world);
          if (words === undefined) continue;
          const name = `${tool.name} ${job}`;
          spent.set(name, [...(spent.get(name) ?? []), run(words, world)]);
          if (job !== 'one command') check(world, tool.name, size);
        }
        if (job !== 'first deploy') world.clean();
      }
    }
  } finally {
    await world.stop();
  }
  return spent;
}

function wordsOf(tool: Tool, job: Job, world: DeployWorld): readonly string[] | undefined {
  switch (job) {
    case 'one command':
      return tool.command();
    case 'first deploy, one file':
      return tool.deploy?.(world.single, 'single');
    case 'first deploy':
      return tool.deploy?.(world.first, 'one');
    case 'repeat, 1 % changed':
      return tool.deploy?.(world.second, 'two');
  }
}

/** A tool that did nothing would be the fastest. */
function check(world: DeployWorld, tool: string, size: number): void {
  const folders: Readonly<Record<string, string>> = {
    'OpenSSH + xargs': 'openssh',
    'rsync --link-dest': 'rsync',
    'Ansible (pipelining)': 'ansible',
  };
  for (let at = 0; at < size; at += 1) {
    const file = join(world.path(folders[tool] ?? tool, at), 'current/app/999.js');
    if (!existsSync(file)) throw new Error(`${tool} has not deployed to ${file}`);
  }
}

function run(words: readonly string[], world: DeployWorld): Spent {
  // Canopy alone brings what it wrote to the disk before it goes on: it must not wait for what others wrote before.
  spawnSync('sync');
  const timed = ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" >"$0.out" 2>"$0.err"', join(world.folder, 'run')];
  const ran = spawnSync('bash', [...timed, ...words], { cwd: world.repo, env: world.env, encoding: 'utf8' });
  if (ran.status !== 0) {
    const said = spawnSync(
      'tail',
      ['-n', '30', join(world.folder, 'run.err'), join(world.folder, 'run.out')],
      {
        encoding: 'utf8',
      },
    );
    throw new Error(`${words.join(' ').slice(0, 200)}: exit ${ran.status}: ${said.stdout}`);
  }
  const [wall = 0, user = 0, system = 0] = (ran.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { wall: wall * 1000, cpu: (user + system) * 1000 };
}

function goalsOf(ratios: ReadonlyMap<string, number>): Measured['goals'] {
  const goals: { goal: string; measured: string; holds: boolean }[] = [];
  const wants = (size: number, job: Job, tool: string, least: number): void => {
    const ratio = ratios.get(`${size} ${job} ${tool}`);
    if (ratio === undefined) return;
    goals.push({
      goal: `${job}, ${size} servers: ${tool} takes >= ${least} x our time`,
      measured: ratio.toFixed(2),
      holds: ratio >= least,
    });
  };
  for (const size of sizes) {
    if (size >= 20) {
      // A tie is no loss: differences under 15 %.
      wants(size, 'one command', 'OpenSSH + xargs', 0.85);
      wants(size, 'one command', 'Ansible (pipelining)', 5);
      wants(size, 'one command', 'pyinfra', 1);
    }
    for (const tool of ['Ansible (pipelining)', 'pyinfra'])
      for (const job of jobs.slice(1)) {
        wants(size, job, tool, 1);
        if (isThrice(size, job, tool)) wants(size, job, tool, 3);
      }
    wants(size, 'repeat, 1 % changed', 'rsync --link-dest', 0.85);
  }
  return goals;
}

/** What a deploy at the usual sizes has to be, and a repeat beside Ansible at any. */
const isThrice = (size: number, job: Job, tool: string): boolean =>
  size === 5 || size === 20 || (job === 'repeat, 1 % changed' && tool === 'Ansible (pipelining)');

const median = (spent: ReadonlyMap<string, readonly Spent[]>, name: string): Spent =>
  medianOf(spent.get(name) ?? []);

function medianOf(all: readonly Spent[]): Spent {
  const middle = (key: keyof Spent): number =>
    [...all].map((one) => one[key]).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
  return { wall: middle('wall'), cpu: middle('cpu') };
}

function versions(): Record<string, string> {
  const first = (words: readonly [string, ...string[]]): string => {
    const { stdout, stderr } = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
    return /\d+\.\d+[\w.]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
  };
  return {
    OpenSSH: first(['ssh', '-V']),
    ...(found('rsync') ? { rsync: first(['rsync', '--version']) } : {}),
    ...(found('ansible') ? { Ansible: first(['ansible', '--version']) } : {}),
    ...(found('pyinfra') ? { pyinfra: first(['pyinfra', '--version']) } : {}),
  };
}
