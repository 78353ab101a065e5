import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { startRedis } from '../test/support/redis.ts';
import { startupWorld } from './startup-world.ts';
import type { Measured } from './run.ts';

const root = join(import.meta.dirname, '..');
const rounds = 21;

const bare = 'canopy --version';
const redisStep = 'canopy-flag get (configuration, Redis)';
const noServer = 'canopy-status, no server (configuration, Redis)';
const oneServer = 'canopy-status, a server (configuration, Redis, SSH)';

/** CPU of a start (user and system), median, as a ratio to an empty Node program. */
export async function bench(): Promise<Measured> {
  const redis = await startRedis();
  const world = await startupWorld(redis.url);
  try {
    // As on an agent: with no node_modules above it in which optional packages would be found.
    const dist = join(world.folder, 'dist');
    cpSync(join(root, 'dist'), dist, { recursive: true });
    const node = (file: string, ...words: string[]): string[] => ['node', join(dist, file), ...words];
    const commands: Record<string, string[]> = {
      'node -e 0': ['node', '-e', '0'],
      [bare]: node('canopy.js', '--version'),
      'canopy-flag --version': node('steps/flag.js', '--version'),
      'canopy-explain (configuration)': node('steps/explain.js'),
      [redisStep]: node('steps/flag.js', 'get', 'checkout'),
      [noServer]: node('steps/status.js', '--environment', 'empty'),
      [oneServer]: node('steps/status.js', '--environment', 'production'),
      ...(found('ansible') ? { 'ansible --version': ['ansible', '--version'] } : {}),
    };
    cpuOf(node('steps/flag.js', 'set', 'checkout', 'on'), world.folder);
    const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, words] of Object.entries(commands)) times.get(name)?.push(cpuOf(words, world.folder));
    }
    const base = median(times.get('node -e 0') ?? []);
    const ratio = (name: string): number => median(times.get(name) ?? []) / base;
    const goal = (name: string, measured: number, most: number) => ({
      goal: `${name} <= ${most}`,
      measured: measured.toFixed(2),
      holds: measured <= most,
    });
    return {
      title: 'CPU of a step, as a ratio to an empty Node program',
      method: `Median of ${rounds} interleaved rounds, user and system time. Both store and server are real and on loopback. The build stands outside of the project, as on an agent.`,
      versions: { esbuild: 'bundle' },
      head: ['command', 'CPU ms', 'ratio'],
      rows: Object.keys(commands).map((name) => [
        name,
        median(times.get(name) ?? []).toFixed(0),
        ratio(name).toFixed(2),
      ]),
      goals: [
        goal(bare, ratio(bare), 1.15),
        goal(redisStep, ratio(redisStep), 1.5),
        // Every step that talks to servers talks to Redis too. A step with SSH alone may have 1.8: that is 0.65 above the bare one.
        goal('what SSH adds to canopy-status', ratio(oneServer) - ratio(noServer), 0.65),
      ],
    };
  } finally {
    await world.stop();
    await redis.stop();
  }
}

function cpuOf(words: readonly string[], cwd: string): number {
  const ran = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>"$0.err"', join(cwd, 'run'), ...words],
    { cwd, encoding: 'utf8' },
  );
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: exit ${ran.status}: ${ran.stderr}`);
  const [user = 0, system = 0] = (ran.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return (user + system) * 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const found = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
