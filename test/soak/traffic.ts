/**
 * Mixed traffic through the compiled router, for so many seconds, while the weight flips and instances are drained, killed
 * and revived: no wrong byte, no lost request, nothing left in flight, memory and descriptors flat. Needs `npm run build`
 * and Redis.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock } from '../../src/drivers/clock.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { Secret } from '../../src/shared/secret.ts';
import { StoreBalancer } from '../../src/traffic/index.ts';
import { startRedis } from '../support/services/redis.ts';
import { keptLog } from '../support/router/router.ts';
import { startService, type RouterService } from '../support/router/router-service.ts';
import { waitFor } from '../support/wait-for.ts';
import { chanceOf } from './random.ts';
import { heldBy, slope, type Held } from './traffic/figures.ts';
import { startInstance, type SoakInstance } from './traffic/instance.ts';
import { leave, visits } from './traffic/visitors.ts';

export interface TrafficOptions {
  /** Seconds. */
  readonly runs: number;
  readonly seed: number;
}

/** How many of each kind are there at a time, and how long they rest after each visit, in milliseconds. */
const crowd: Readonly<Record<string, readonly [count: number, restMs: number]>> = {
  small: [8, 4],
  transfer: [2, 50],
  slowReader: [2, 100],
  abort: [3, 60],
  events: [4, 20],
  webSocket: [3, 40],
};
/** Longer runs have larger transfers. */
const largestOf = (seconds: number): number => (seconds >= 60 ? 100 : 10) * (1 << 20);
/** Megabytes that the heap may have grown by from its first quarter to the end, and descriptors. */
const GROWN_MB = 16;
const GROWN_DESCRIPTORS = 12;

export async function checkTraffic({ runs: seconds, seed }: TrafficOptions): Promise<Record<string, number>> {
  const redis = await startRedis();
  const instances = await Promise.all(['web-1', 'web-2', 'web-3', 'can-1', 'can-2'].map(startInstance));
  let router: RouterService | null = null;
  try {
    router = await startService({
      stable: instances.slice(0, 3),
      canary: instances.slice(3),
      store: redis.url,
      traffic: '  longLived: { drain: 1s }\n  revert: { errorRate: 100% }\n',
      env: (folder) => ({
        CANOPY_SOAK_FOLDER: folder,
        NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'traffic/heap-tell.mjs')).href}`,
      }),
    });
    return await soak(router, instances, redis.url, seconds, seed);
  } catch (error) {
    throw new Error(`--seed ${seed}: ${(error as Error).message}\n${router?.log().slice(-2000)}`, {
      cause: error,
    });
  } finally {
    leave();
    await router?.stop();
    router?.remove();
    await Promise.all(instances.map((one) => one.kill()));
    await redis.stop();
  }
}

async function soak(
  router: RouterService,
  instances: readonly SoakInstance[],
  url: string,
  seconds: number,
  seed: number,
): Promise<Record<string, number>> {
  const told: Record<string, number> = {};
  const wrong: string[] = [];
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  const goes = (): boolean => elapsed() < seconds && wrong.length < 5;
  const [pid = 0] = router.workers();
  const held: Held[] = [await heldBy(pid, router.folder, 0)];
  const largest = largestOf(seconds);

  const all: Promise<void>[] = [flip(), drains(), measure()];
  for (const [kind, [count, restMs]] of Object.entries(crowd))
    for (let at = 0; at < count; at += 1) all.push(visitor(kind, restMs, seed + all.length));
  await Promise.all(all);
  leave();
  await waitFor('nothing in flight', async () => (await inFlight()) === 0, 15_000);
  // Connections to instances are kept for some seconds.
  const last = await waitFor(
    'the descriptors to be given back',
    async () => {
      const now = await heldBy(pid, router.folder, elapsed());
      return now.descriptors <= (held[0]?.descriptors ?? 0) + GROWN_DESCRIPTORS ? now : null;
    },
    40_000,
  );
  if (router.workers()[0] !== pid) wrong.push('the worker was replaced: it has died');
  const warm = held.filter(({ at }) => at >= seconds / 4);
  const grown = last.heap - Math.max(...held.filter(({ at }) => at <= seconds / 4).map(({ heap }) => heap));
  if (grown > GROWN_MB) wrong.push(`the heap has grown by ${grown.toFixed(1)} MB`);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return {
    ...told,
    'heap at the begin, MB': rounded(held[0]?.heap ?? 0),
    'heap at the end, MB': rounded(last.heap),
    'slope of the heap, MB a minute': rounded(slope(warm.map(({ at, heap }) => [at, heap]))),
    'slope of RSS, MB a minute': rounded(slope(warm.map(({ at, rss }) => [at, rss]))),
    'RSS at the end, MB': rounded(last.rss),
    'descriptors at the begin': held[0]?.descriptors ?? 0,
    'descriptors at the most': Math.max(...held.map(({ descriptors }) => descriptors)),
    'descriptors at the end': last.descriptors,
    'in flight at the end': await inFlight(),
  };

  async function visitor(kind: string, restMs: number, own: number): Promise<void> {
    const chance = chanceOf(own);
    const visit = visits[kind];
    while (goes() && visit !== undefined) {
      const said = await visit({ port: router.port, chance, largest }).catch((error: Error) => error.message);
      if (said !== null) wrong.push(`${kind} after ${elapsed().toFixed(1)} s: ${said}`);
      count(kind);
      await sleep(restMs);
    }
  }

  async function flip(): Promise<void> {
    const chance = chanceOf(seed);
    while (goes()) {
      const { status } = await router.ask('PUT', '/weight', { weight: chance.int(0, 100) });
      if (status !== 200) wrong.push(`PUT /weight: ${status}`);
      count('weights');
      await sleep(200);
    }
  }

  /** Takes one after the other out, kills and revives it, and puts it back. */
  async function drains(): Promise<void> {
    const store = await openRedis({ kind: 'url', url: new Secret(url), shown: url, requireAuth: false });
    const balancer = new StoreBalancer({ app: 'shop', store, clock: realClock, log: keptLog() });
    for (let at = 0; goes(); at += 1) {
      const instance = instances[at % instances.length] as SoakInstance;
      const { cut } = await balancer.drain(instance.name, 60_000);
      if (cut > 0) wrong.push(`${instance.name} was not drained: ${cut} left`);
      await instance.kill();
      await instance.revive();
      await balancer.ready(instance.name, 20_000);
      count('drains');
      await sleep(300);
    }
    await store.close();
  }

  async function measure(): Promise<void> {
    while (goes()) {
      await sleep(Math.min(10_000, (seconds * 1000) / 20));
      held.push(await heldBy(pid, router.folder, elapsed()));
    }
  }

  async function inFlight(): Promise<number> {
    const { arms } = (await router.ask('GET', '/state')).body as {
      arms: Record<string, { inFlight: number }[]>;
    };
    return Object.values(arms)
      .flat()
      .reduce((sum, one) => sum + one.inFlight, 0);
  }

  function count(what: string): void {
    told[what] = (told[what] ?? 0) + 1;
  }
}
