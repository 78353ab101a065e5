/** What is lost while weights flip and the canary is drained, replaced and killed under load. */
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { realClock } from '../../src/drivers/clock.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { Secret } from '../../src/shared/secret.ts';
import { StoreBalancer } from '../../src/traffic/index.ts';
import { keptLog } from '../../test/support/router/router.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { wrk } from './router-load.ts';
import { routerWorld, type RouterWorld } from './router-world.ts';

export interface Failures {
  readonly router: string;
  readonly scene: string;
  readonly failures: number;
  readonly requests: number;
}

/** What a balancer is told. */
interface Told {
  readonly name: string;
  readonly port: number;
  /** Percent. */
  weight(weight: number): Promise<void>;
  /** Resolves when the canary gets nothing any more. */
  drain(): Promise<void>;
  ready(): Promise<void>;
}

const scenes: Readonly<Record<string, (told: Told, world: RouterWorld) => Promise<void>>> = {
  '15 weight flips': async (told) => {
    for (let flip = 0; flip < 15; flip += 1) {
      await told.weight([0, 100, 33, 5, 50][flip % 5] ?? 0);
      await sleep(200);
    }
  },
  'the canary drained and replaced 3 x': async (told, { instances: [, , canary] }) => {
    for (let turn = 0; turn < 3; turn += 1) {
      await told.drain();
      await canary.kill();
      await canary.start();
      await told.ready();
      await sleep(500);
    }
  },
  'the canary killed 2 x': async (_told, { instances: [, , canary] }) => {
    for (let turn = 0; turn < 2; turn += 1) {
      await canary.kill();
      await sleep(1000);
      await canary.start();
      await sleep(1000);
    }
  },
};
/** Longer than any of them takes. */
const SECONDS = 8;

export async function failuresOf(): Promise<Failures[]> {
  const world = await routerWorld();
  const store = await openRedis({
    ...{ kind: 'url', url: new Secret(world.redis.url), shown: world.redis.url, requireAuth: false },
  });
  try {
    const all = [await haproxy(world), await canopy(world, store, 1)];
    const failures: Failures[] = [];
    for (const [scene, run] of Object.entries(scenes)) {
      for (const told of all) {
        await told.weight(25);
        const loaded = wrk(world.folder, told.port, SECONDS);
        await sleep(500);
        await run(told, world);
        let over = false;
        void loaded.finally(() => (over = true)).catch(() => undefined);
        await sleep(0);
        if (over) throw new Error(`${scene}: the load has ended too early`);
        const counted = await loaded;
        failures.push({ router: told.name, scene, failures: counted.failures, requests: counted.requests });
      }
    }
    return failures;
  } finally {
    await store.close();
    await world.stop();
  }
}

async function canopy(
  world: RouterWorld,
  store: Awaited<ReturnType<typeof openRedis>>,
  workers: number,
): Promise<Told> {
  // A canary that is killed on purpose is to get its share back when it is there again.
  const router = await world.canopy(workers, '100ms', '  revert: { errorRate: 100% }\n');
  const balancer = new StoreBalancer({ app: 'shop', store, clock: realClock, log: keptLog() });
  return {
    name: 'canopy router',
    port: router.port,
    async weight(weight) {
      const { status, text } = await router.ask('PUT', '/weight', { weight });
      if (status !== 200) throw new Error(text);
    },
    drain: async () => void (await balancer.drain('canary-1', 10_000)),
    ready: async () => void (await balancer.ready('canary-1', 10_000)),
  };
}

async function haproxy(world: RouterWorld): Promise<Told> {
  const { port, socket } = await world.haproxy('100ms');
  const ask = (line: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const connection = createConnection(socket, () => connection.write(`${line}\n`));
      let text = '';
      connection.on('data', (chunk) => (text += chunk.toString()));
      connection.once('error', reject).once('end', () => resolve(text));
    });
  const server = 'shop/canary-1';
  return {
    name: 'HAProxy',
    port,
    async weight(weight) {
      // Each of the two of stable has 75 of its 256.
      await ask(
        `set server ${server} weight ${weight === 100 ? 256 : Math.round((150 * weight) / (100 - weight))}`,
      );
      for (const name of ['web-1', 'web-2'])
        await ask(`set server shop/${name} weight ${weight === 100 ? 0 : 75}`);
    },
    async drain() {
      await ask(`set server ${server} state drain`);
      await waitFor('the canary to be idle', async () => {
        const line = (await ask('show stat')).split('\n').find((one) => one.startsWith('shop,canary-1,'));
        return line?.split(',')[4] === '0';
      });
    },
    ready: async () => void (await ask(`set server ${server} state ready`)),
  };
}
