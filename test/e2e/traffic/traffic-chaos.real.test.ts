import { expect } from 'chai';
import { realClock } from '../../../src/drivers/clock.ts';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { StoreBalancer } from '../../../src/traffic/index.ts';
import { chanceOf } from '../../soak/random.ts';
import { lost, startLoad, type Load } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RedisOptions, type RunningRedis } from '../../support/services/redis.ts';
import { keptLog } from '../../support/router/router.ts';
import { startService, type RouterService } from '../../support/router/router-service.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('the router while everything around it changes, end to end', function () {
  this.timeout(300_000);
  let upstreams: Upstream[];
  let router: RouterService | null = null;
  const servers: RunningRedis[] = [];
  const loads: Load[] = [];
  /** Closed also when a test fails: an open one would keep the run alive. */
  const stores: Store[] = [];
  const seed = Date.now() % 2 ** 31;

  before(needs('redis-server'));
  beforeEach(async () => {
    upstreams = await Promise.all(
      ['web-1', 'web-2', 'web-3', 'can-1', 'can-2'].map((name) => startUpstream(name)),
    );
  });
  afterEach(async () => {
    await Promise.all(loads.splice(0).map((one) => one.stop()));
    await Promise.allSettled(stores.splice(0).map((one) => one.close()));
    await router?.stop();
    router?.remove();
    router = null;
    await Promise.all(upstreams.map((one) => one.kill()));
    for (const one of servers.splice(0).reverse()) await one.stop();
  });

  const server = async (options: RedisOptions = {}): Promise<RunningRedis> => {
    const redis = await startRedis(options);
    servers.push(redis);
    return redis;
  };
  const open = async (redis: RunningRedis, options = {}): Promise<Store> => {
    const shown = redis.url;
    const store = await openRedis(
      { kind: 'url', url: new Secret(shown), shown, requireAuth: false },
      options,
    );
    stores.push(store);
    return store;
  };
  const start = async (store: string, traffic = ''): Promise<RouterService> => {
    const [stable, canary] = [upstreams.slice(0, 3), upstreams.slice(3)];
    router = await startService({ stable, canary, store, workers: 2, traffic });
    return router;
  };
  const load = (port: number, more = {}): Load => {
    const one = startLoad({ port, by: 'x-instance', connections: 8, ...more });
    loads.push(one);
    return one;
  };
  const nothingLost = async (all: readonly Load[]): Promise<void> => {
    for (const one of all) {
      const counted = await one.stop();
      expect(lost(counted), JSON.stringify([counted.statuses, counted.failures])).to.equal(0);
    }
  };
  const more = async (one: Load, count: number): Promise<void> => {
    const at = one.now().requests;
    await waitFor('more requests', () => one.now().requests > at + count);
  };

  it(`100 weights, drains, kills, revivals and restarts of the router: nothing is lost (seed ${seed})`, async () => {
    const redis = await server();
    // Each revival would be a revert otherwise: the canary is killed again and again.
    const running = await start(redis.url, '  revert: { errorRate: 100% }\n');
    const chance = chanceOf(seed);
    const kinds = [
      {},
      { pauseMs: 120 },
      { path: '/bytes?n=200000', pauseMs: 20 },
      { method: 'HEAD', pauseMs: 10 },
    ];
    const all = kinds.map((kind) => load(running.port, kind));
    const [busy] = all as [Load];
    await more(busy, 100);
    const store = await open(redis);
    const balancer = new StoreBalancer({ app: 'shop', store, clock: realClock, log: keptLog() });

    const flips = async (): Promise<void> => {
      for (let turn = 0; turn < 100; turn += 1) {
        const weight = chance.int(0, 1000) / 10;
        expect((await running.ask('PUT', '/weight', { weight })).status).to.equal(200);
        await more(busy, 9);
      }
    };
    const drains = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn += 1) {
        const victim = upstreams[turn] as Upstream;
        expect(await balancer.drain(victim.name, 30_000)).to.deep.equal({ cut: 0 });
        await victim.kill();
        await more(busy, 50);
        await victim.revive();
        await balancer.ready(victim.name, 30_000);
      }
    };
    const kills = async (): Promise<void> => {
      const victim = upstreams[3] as Upstream;
      for (let turn = 0; turn < 10; turn += 1) {
        await victim.kill();
        await more(busy, 30);
        await victim.revive();
        await more(busy, 60);
      }
    };
    const restarts = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn += 1) {
        await more(busy, 100);
        const { code, output } = await running.restart();
        expect(code, output).to.equal(0);
      }
    };
    await Promise.all([flips(), drains(), kills(), restarts()]);
    await nothingLost(all);
    const told = all.map((one) => one.now().requests);
    expect(Math.min(...told), String(told)).to.be.greaterThan(50);
  });

  it('a store that is stopped and comes back empty: traffic, weight, drained instance and alert are kept', async () => {
    const redis = await server();
    const running = await start(redis.url);
    const busy = load(running.port);
    await running.ask('PUT', '/weight', { weight: 40 });
    const store = await open(redis, { patient: true });
    const balancer = new StoreBalancer({ app: 'shop', store, clock: realClock, log: keptLog() });
    await balancer.drain('web-2', 30_000);
    await redis.kill();
    await more(busy, 200);
    expect((await running.ask('POST', '/alert', { reason: 'while it was away' })).body.alert).to.equal(true);
    expect((await running.restart()).code).to.equal(0);
    await more(busy, 200);
    // Without `keep` it begins empty.
    await redis.restart();
    await waitFor(
      'the store to be filled again',
      async () => {
        const text = await store.get('canopy:shop:traffic').catch(() => null);
        const state = JSON.parse(text ?? '{}') as {
          alert?: { reason: string };
          weight?: number;
          drained?: object;
        };
        return (
          state.alert?.reason === 'while it was away' &&
          state.weight === 40 &&
          'web-2' in (state.drained ?? {})
        );
      },
      20_000,
    );
    const seen = (upstreams[3] as Upstream).seen + (upstreams[4] as Upstream).seen;
    await more(busy, 200);
    expect((upstreams[3] as Upstream).seen + (upstreams[4] as Upstream).seen).to.equal(seen);
    await nothingLost([busy]);
  });

  it('a store that fails over to its replica: traffic and state unharmed, an alert in between is not lost', async () => {
    const master = await server();
    const replica = await server({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
    const sentinel = await server({ sentinel: { name: 'mymaster', master: master.port } });
    await waitFor(
      'the Sentinel to know the replica',
      async () => (await sentinel.tell('SENTINEL', 'REPLICAS', 'mymaster')) === '*1',
      60_000,
    );
    const running = await start(`{ sentinels: ["127.0.0.1:${sentinel.port}"], name: mymaster }`);
    const busy = load(running.port);
    await running.ask('PUT', '/weight', { weight: 35 });
    await waitFor(
      'the replica to know',
      async () => (await replica.tell('EXISTS', 'canopy:shop:traffic')) === ':1',
    );
    await master.kill();
    expect((await running.ask('POST', '/alert', { reason: 'in the failover' })).body.alert).to.equal(true);
    await waitFor(
      'the workers to be back at the new master',
      async () =>
        (await running.ask('GET', '/state')).body.workers.every(
          ({ storeUp }: { storeUp: boolean }) => storeUp,
        ) &&
        (await replica.tell('EXISTS', 'canopy:shop:traffic')) === ':1' &&
        (await alertIn(replica)) === 'in the failover',
      60_000,
    );
    await more(busy, 200);
    expect((await running.ask('GET', '/weight')).body).to.include({ weight: 35, effective: 0, alert: true });
    await nothingLost([busy]);
  });
});

/** The reason of the alert that a server knows; null: none. */
async function alertIn(redis: RunningRedis): Promise<string | null> {
  const store = await openRedis({
    kind: 'url',
    url: new Secret(redis.url),
    shown: redis.url,
    requireAuth: false,
  });
  try {
    const state = JSON.parse((await store.get('canopy:shop:traffic')) ?? '{}') as {
      alert?: { reason: string };
    };
    return state.alert?.reason ?? null;
  } finally {
    await store.close();
  }
}
