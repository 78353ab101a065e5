/** The world in which controllers die: instances behind the compiled router under load, three packaged releases. */
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { routerLeases, trafficState } from '../../../src/store-keys.ts';
import { buildKilled } from './build-killed.ts';
import { startController, type Controller, type Died } from './controller.ts';
import { endProcess } from '../end-process.ts';
import { faultConfig, faultSource, tagAt, type FaultShape } from './fault-files.ts';
import { startLoad, type Load } from '../http/load.ts';
import type { Orders } from './points.ts';
import { freePort } from '../temp.ts';
import { waitFor } from '../wait-for.ts';
import { startWorld, type Outcome, type Running, type World } from './world.ts';

export interface Release {
  readonly id: string;
  readonly file: string;
}

export interface FaultWorld {
  readonly world: World;
  readonly names: readonly string[];
  readonly store: Store;
  readonly load: Load;
  /** Two that become healthy, and one that does not on web-2 (in groups: nor on web-3). */
  readonly good: readonly [Release, Release];
  readonly bad: Release;
  /** The built step. */
  canopy(...words: string[]): Promise<Outcome>;
  begin(...words: string[]): Running;
  /** The same code as a program that kills itself at a point; an empty point: it lives. */
  controller(die: string, ...words: string[]): Promise<Died>;
  /** The same, frozen at that point. */
  frozen(die: string, ...words: string[]): Promise<Controller>;
  /** The dead one's lease runs out at once. */
  expireLease(): Promise<void>;
  /** The store loses everything, and the router has brought its part back. */
  empty(): Promise<void>;
  /** As if the servers had never had it; one that is current stays, and then this says false. */
  forget(release: Release): boolean;
  /** Whether these are all that should be in the traffic: every instance, or one whole group. */
  isWhole(serving: readonly string[]): boolean;
  /** What an instance's link `current` names. */
  current(instance: string): string | null;
  /** Who stopped (`begin`) and started (`end`) a service, in order; and on how many servers that may go on at once. */
  witness(): string[];
  readonly together: number | null;
  /** Whether there are all hooks; and how often `once` may run at the most: on this machine a death may repeat it. */
  readonly hooked: boolean;
  readonly onceMost: number;
  /** Lines of a file below the instance's shared/. */
  told(instance: string, file: string): string[];
  stop(): Promise<void>;
}

/** What the hooks have left. */
const traces = ['prepare', 'once', 'after', 'failure'].map((hook) => `shared/${hook}`);

export async function startFaultWorld(shape: FaultShape): Promise<FaultWorld> {
  const world = await startWorld(shape.instances);
  const env = { CANOPY_TOKEN: 'full-token-of-the-test' };
  const names = world.ports.map((_, at) => `web-${at + 1}`);
  const [proxy, admin] = [await freePort(), await freePort()];
  writeFileSync(
    join(world.repo, 'canopy.yml'),
    faultConfig({
      ...shape,
      ...world,
      knownHosts: join(world.folder, 'known_hosts'),
      proxy,
      admin,
    }),
  );
  const program = await buildKilled(world.folder);
  const canopy = (...words: string[]): Promise<Outcome> => world.canopy(words, env);
  const ship = async (version: string, bad = false): Promise<Release> => {
    world.commit(version, bad, faultSource(version, bad));
    const { code, json, stderr } = await canopy('package');
    if (code !== 0) throw new Error(`package: ${stderr}`);
    return { id: String(json.data.id), file: String(json.data.artifact) };
  };
  const linesOf = (path: string): string[] =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const told = (instance: string, file: string): string[] =>
    linesOf(join(world.path(instance), 'shared', file));
  const current = (instance: string): string | null => {
    const link = join(world.path(instance), 'current');
    return existsSync(link) ? readlinkSync(link).replace('releases/', '') : null;
  };
  const good = [await ship('1'), await ship('2')] as const;
  const bad = await ship('3', true);
  const router = world.begin(['router'], env);
  await waitFor('the router', async () => {
    if (router.child.exitCode !== null) throw new Error(router.output());
    return (await fetch(`http://127.0.0.1:${admin}/healthz`)).status === 200;
  });
  const first = await canopy('deploy', '--environment', 'production', '--artifact', good[0].file);
  if (first.code !== 0) throw new Error(`the first deploy: ${first.stderr}`);
  const shown = `redis://127.0.0.1:${world.redis.port}/0`;
  const store = await openRedis({ kind: 'url', url: new Secret(shown), shown, requireAuth: false });
  const load = startLoad({ port: proxy, connections: 2, pauseMs: 20, by: 'x-release' });
  const start = (orders: Pick<Orders, 'die' | 'freeze'>, words: readonly string[]): Controller =>
    startController(program, world, orders, { words, env });

  return {
    world,
    names,
    store,
    load,
    good,
    bad,
    canopy,
    begin: (...words) => world.begin([...words, '--json'], env),
    told,
    controller: (die, ...words) => start({ die }, words).ended,
    frozen: async (die, ...words) => {
      const started = start({ die, freeze: true }, words);
      await started.stands();
      return started;
    },
    async expireLease() {
      await world.redis.tell('PEXPIRE', 'canopy:shop:lock:production', '1');
    },
    async empty() {
      await world.redis.tell('FLUSHALL');
      await waitFor('the router to bring the traffic back', async () => {
        const leases = await store.list(routerLeases('shop'));
        return leases.length > 0 && (await store.get(trafficState('shop'))) !== null;
      });
    },
    forget(release) {
      if (names.some((name) => current(name) === release.id)) return false;
      for (const name of names)
        for (const part of [`releases/${release.id}`, `.canopy/once-${release.id}`, ...traces])
          rmSync(join(world.path(name), part), { recursive: true, force: true });
      return true;
    },
    isWhole: (serving) =>
      shape.tags === undefined
        ? serving.length === names.length
        : shape.tags.some((tag) =>
            names.every((name, at) => serving.includes(name) === (tagAt(shape, at) === tag)),
          ),
    current,
    witness: () => linesOf(join(world.folder, 'servers/witness')),
    // A group that is only stopped has no end.
    together: shape.tags === undefined ? (shape.together ?? 1) : null,
    hooked: shape.hooks !== undefined,
    onceMost: shape.hooks === undefined ? 1 : 3,
    async stop() {
      await load.stop();
      await store.close();
      // Its workers keep compiled code in the folder when they end.
      router.child.kill('SIGTERM');
      await router.ended;
      for (const line of names.flatMap((name) => told(name, 'up')))
        if (isOurs(line)) endProcess(Number(line.split(' ')[0]));
      await world.stop();
    },
  };
}

/** Whether the process of that line still runs: its number may belong to another by now. */
export function isOurs(line: string): boolean {
  const [pid, since] = line.split(' ');
  try {
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return state !== 'Z' && state !== 'X' && rest[18] === since;
  } catch {
    // There is no such process any more.
    return false;
  }
}
