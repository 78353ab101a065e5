import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startRedis } from '../test/support/redis.ts';
import { startupWorld } from './startup-world.ts';
import type { Measured } from './run.ts';

const root = join(import.meta.dirname, '..');
const rounds = 21;

/** CPU of a start (user and system), median, as a ratio to an empty Node program. */
export async function bench(): Promise<Measured> {
  const redis = await startRedis();
  const world = await startupWorld(redis.url);
  try {
    const node = (file: string, ...words: string[]): string[] => ['node', join(root, 'dist', file), ...words];
    const commands: Record<string, string[]> = {
      'node -e 0': ['node', '-e', '0'],
      'canopy --version': node('canopy.js', '--version'),
      'canopy-flag --version': node('steps/flag.js', '--version'),
      'canopy-flag get (Redis)': node('steps/flag.js', 'get', 'checkout'),
      'canopy-status (SSH)': node('steps/status.js', '--environment', 'production'),
      ...(found('ansible') ? { 'ansible --version': ['ansible', '--version'] } : {}),
    };
    cpuOf(node('steps/flag.js', 'set', 'checkout', 'on'), world.folder);
    const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, words] of Object.entries(commands)) times.get(name)?.push(cpuOf(words, world.folder));
    }
    const base = median(times.get('node -e 0') ?? []);
    const ratio = (name: string): number => median(times.get(name) ?? []) / base;
    const goal = (name: string, most: number) => ({
      goal: `${name} <= ${most}`,
      measured: ratio(name).toFixed(2),
      holds: ratio(name) <= most,
    });
    return {
      title: 'CPU of a step, as a ratio to an empty Node program',
      method: `Median of ${rounds} interleaved rounds, user and system time. Both store and server are real and on loopback.`,
      versions: { esbuild: 'bundle' },
      head: ['command', 'CPU ms', 'ratio'],
      rows: Object.keys(commands).map((name) => [
        name,
        median(times.get(name) ?? []).toFixed(0),
        ratio(name).toFixed(2),
      ]),
      goals: [
        goal('canopy --version', 1.15),
        goal('canopy-flag get (Redis)', 1.5),
        goal('canopy-status (SSH)', 1.8),
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
