import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startRedis } from '../../test/support/services/redis.ts';
import { startupWorld } from './startup-world.ts';
import type { Measured } from '../run.ts';

const root = join(import.meta.dirname, '../..');
const rounds = 21;

const bare = 'canopy --version';
const redisStep = 'canopy-flag get (configuration, Redis)';
const noServer = 'canopy-status, no server (configuration, Redis)';
const oneServer = 'canopy-status, a server (configuration, Redis, SSH)';

/** What of an earlier run there is: its compiled code and parsed texts, nothing and no place for it, nothing yet. */
const ways = {
  again: (folder: string) => ({ CANOPY_CACHE: join(folder, 'cache') }),
  off: () => ({ NODE_DISABLE_COMPILE_CACHE: '1' }),
  first: (folder: string) => {
    const fresh = join(folder, 'fresh');
    rmSync(fresh, { recursive: true, force: true });
    return { CANOPY_CACHE: fresh };
  },
};
type Way = keyof typeof ways;

/** CPU of a start (user and system), median, as a ratio to an empty Node program. */
export async function bench(): Promise<Measured> {
  const redis = await startRedis();
  const world = await startupWorld(redis.url);
  try {
    // As on an agent: with no node_modules above it in which optional packages would be found.
    const dist = join(world.folder, 'dist');
    cpSync(join(root, 'dist'), dist, { recursive: true });
    const node = (file: string, ...words: string[]): string[] => ['node', join(dist, file), ...words];
    const empty = ['node', '-e', '0'];
    const commands: Record<string, string[]> = {
      [bare]: node('canopy.js', '--version'),
      'canopy-flag --version': node('steps/flag.js', '--version'),
      'canopy-explain (configuration)': node('steps/explain.js'),
      [redisStep]: node('steps/flag.js', 'get', 'checkout'),
      [noServer]: node('steps/status.js', '--environment', 'empty'),
      [oneServer]: node('steps/status.js', '--environment', 'production'),
      ...(found('ansible') ? { 'ansible --version': ['ansible', '--version'] } : {}),
    };
    const times = new Map<string, number[]>();
    const measure = (name: string, words: readonly string[], way: Way): void => {
      const key = `${name} ${way}`;
      times.set(key, [...(times.get(key) ?? []), cpuOf(words, world.folder, ways[way](world.folder))]);
    };
    cpuOf(node('steps/flag.js', 'set', 'checkout', 'on'), world.folder, ways.off());
    for (const words of Object.values(commands)) cpuOf(words, world.folder, ways.again(world.folder));
    for (let round = 0; round < rounds; round += 1) {
      measure('empty', empty, 'off');
      for (const [name, words] of Object.entries(commands)) {
        for (const way of ['again', 'off', 'first'] as const) measure(name, words, way);
      }
    }
    const base = median(times.get('empty off') ?? []);
    const ratio = (name: string, way: Way = 'again'): number =>
      median(times.get(`${name} ${way}`) ?? []) / base;
    const goal = (name: string, measured: number, most: number, digits = 2) => ({
      goal: `${name} <= ${most}`,
      measured: measured.toFixed(digits),
      holds: measured <= most,
    });
    return {
      title: 'CPU of a step, as a ratio to an empty Node program',
      method: `Median of ${rounds} interleaved rounds, user and system time; the empty program takes ${base.toFixed(0)} ms. Both store and server are real and on loopback. The build stands outside of the project, as on an agent. "again": compiled code and the parsed canopy.yml are kept from a run before; "off": they are not (NODE_DISABLE_COMPILE_CACHE=1, or no place for them); "first": nothing is kept yet, and the run writes it.`,
      versions: { esbuild: 'bundle' },
      head: ['command', 'CPU ms, again', 'ratio, again', 'ratio, off', 'ratio, first'],
      rows: Object.keys(commands).map((name) => [
        name,
        (ratio(name) * base).toFixed(0),
        ...(['again', 'off', 'first'] as const).map((way) => ratio(name, way).toFixed(2)),
      ]),
      goals: [
        goal(bare, ratio(bare), 1.15),
        goal(redisStep, ratio(redisStep), 1.5),
        // Every step that talks to servers talks to Redis too. A step with SSH alone may have 1.8: that is 0.65 above the bare one.
        goal('what SSH adds to canopy-status', ratio(oneServer) - ratio(noServer), 0.65),
        goal('KB that canopy-flag loads when it runs', flagBytes() / 1000, 300, 0),
      ],
    };
  } finally {
    await world.stop();
    await redis.stop();
  }
}

function flagBytes(): number {
  const sizes = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as Record<
    string,
    { run: number }
  >;
  return sizes['steps/flag']?.run ?? Number.NaN;
}

function cpuOf(words: readonly string[], cwd: string, env: Readonly<Record<string, string>>): number {
  const ran = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>"$0.err"', join(cwd, 'run'), ...words],
    { cwd, encoding: 'utf8', env: { ...process.env, ...env } },
  );
  if (ran.status !== 0) throw new Error(`${words.join(' ')}: exit ${ran.status}: ${ran.stderr}`);
  const [user = 0, system = 0] = (ran.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return (user + system) * 1000;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const found = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
