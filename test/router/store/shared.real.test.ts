import { expect } from 'chai';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { canaryPublic, routerLeases, trafficState } from '../../../src/store-keys.ts';
import { change, liveRouters, read, StoreBalancer } from '../../../src/traffic/index.ts';
import { lost, startLoad } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { keptLog, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';
import { quietLog } from '../../support/quiet-log.ts';

const open = (url: string): Promise<Store> =>
  openRedis({ kind: 'url', url: new Secret(url), shown: url, requireAuth: false }, { patient: true });

describe('routers that share their state through Redis', function () {
  this.timeout(120_000);
  let redis: RunningRedis;
  let store: Store;
  let upstreams: Upstream[];
  let canary: Upstream;
  let routers: RunningRouter[];
  let stores: Store[];
  const log = keptLog();

  before(needs('redis-server'));
  beforeEach(async () => {
    redis = await startRedis({ keep: true });
    [store, ...stores] = (await Promise.all([0, 1, 2].map(() => open(redis.url)))) as [Store, ...Store[]];
    upstreams = await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => startUpstream(name)));
    canary = await startUpstream('canary-1');
    routers = await Promise.all(
      stores.map((own) => startRouter({ stable: upstreams, canary: [canary], store: own })),
    );
  });
  afterEach(async () => {
    await Promise.allSettled(routers.map((router) => router.stop()));
    await Promise.allSettled([store, ...stores].map((one) => one.close()));
    await Promise.allSettled([...upstreams, canary].map((one) => one.kill()));
    await redis.stop();
  });

  const balancer = () => new StoreBalancer({ app: 'shop', store, clock: realClock, log });
  const first = (): RunningRouter => routers[0] as RunningRouter;
  const loads = (more = {}) =>
    routers.map((router) =>
      startLoad({ port: router.proxy.port, by: 'x-instance', connections: 8, ...more }),
    );
  const state = async (router: RunningRouter) => (await router.admin('GET', '/state')).body;

  it('a drain under load ends with nothing in flight, after it no request is picked, and nothing is lost', async () => {
    const running = loads({ path: '/slow?ms=15' });
    await waitFor('requests', () => running.every((one) => one.now().requests > 100));
    for (const victim of upstreams) {
      expect(await balancer().drain(victim.name, 20_000)).to.deep.equal({ cut: 0 });
      const seen = victim.seen;
      expect(victim.active, 'in flight on the instance itself').to.equal(0);
      await victim.kill();
      const at = running.map((one) => one.now().requests);
      await waitFor('more requests', () =>
        running.every((one, index) => one.now().requests > (at[index] ?? 0) + 60),
      );
      expect(victim.seen, 'picked after the drain').to.equal(seen);
      await victim.revive();
      await balancer().ready(victim.name, 20_000);
      await waitFor('it to be used again', () => victim.seen > seen);
    }
    const counted = await Promise.all(running.map((one) => one.stop()));
    for (const one of counted) {
      expect(lost(one), JSON.stringify(one)).to.equal(0);
    }
  });

  it('a drain that takes too long says how many are cut', async () => {
    const held = Array.from({ length: 9 }, () => fetch(`${first().url}/hold`));
    await waitFor('requests in flight', () => upstreams.every((one) => one.active >= 1));
    const { cut } = await balancer().drain('web-1', 300);
    expect(cut).to.be.within(1, 9);
    expect(cut).to.equal(upstreams[0]?.active);
    await Promise.all(held.map(async (one) => (await one).body?.cancel()));
    expect(await balancer().drain('web-1', 20_000)).to.deep.equal({ cut: 0 });
  });

  it('tells who serves and how much, of all routers together', async () => {
    const running = loads({ pauseMs: 5 });
    const load = async () => (await balancer().load()).instances;
    await waitFor('the load of all', async () =>
      (await load()).every((one) => (one.requestsPerSecond ?? 0) > 10),
    );
    const all = await load();
    expect(all.map(({ name, healthy, drained }) => [name, healthy, drained])).to.deep.equal(
      ['canary-1', 'web-1', 'web-2', 'web-3'].map((name) => [name, true, false]),
    );
    expect((await balancer().load()).canaryShare).to.equal(33);
    const told = (await Promise.all(routers.map(state)))
      .flatMap((one) => [...one.arms.stable, ...one.arms.canary] as { perSecond: number }[])
      .reduce((sum, one) => sum + one.perSecond, 0);
    const asked = running.reduce((sum, one) => sum + one.now().requests, 0);
    expect(told).to.be.within(1, asked);
    await upstreams[2]?.kill();
    await balancer().drain('web-1', 20_000);
    const of = async (name: string) => (await load()).find((one) => one.name === name);
    await waitFor('it to be noticed', async () => (await of('web-3'))?.healthy === false);
    expect(await of('web-1')).to.include({ healthy: true, drained: true });
    expect(await of('web-2')).to.include({ healthy: true, drained: false });
    for (const one of await Promise.all(running.map((each) => each.stop()))) expect(lost(one)).to.equal(0);
  });

  it('a weight, an alert and a re-arm reach every router', async () => {
    await first().admin('PUT', '/weight', { weight: 20 });
    await waitFor('the weight everywhere', async () =>
      (await Promise.all(routers.map(state))).every((one) => one.weight === 20),
    );
    expect(await balancer().settle(20_000)).to.deep.equal([]);
    await routers[1]?.admin('POST', '/alert', { reason: 'errors' });
    await waitFor('the alert everywhere', async () =>
      (await Promise.all(routers.map(state))).every((one) => one.effective === 0),
    );
    await waitFor(
      'the public key',
      async () => JSON.parse((await store.get(canaryPublic('shop'))) ?? '{}').alert === true,
    );
    await change('shop', [{ kind: 'rearm' }, { kind: 'resume' }], {
      store,
      clock: realClock,
      log: quietLog(),
    });
    await waitFor('the re-arm everywhere', async () =>
      (await Promise.all(routers.map(state))).every((one) => one.effective === 20),
    );
    expect(JSON.parse((await store.get(canaryPublic('shop'))) ?? '{}')).to.include({
      enabled: true,
      weight: 20,
      alert: false,
    });
  });

  it('a router that stops gives its lease back; one that is dead loses it', async () => {
    expect((await liveRouters('shop', store)).leases.map((one) => one.id).sort()).to.deep.equal(
      routers.map((one) => one.id).sort(),
    );
    await routers[1]?.stop();
    expect((await liveRouters('shop', store)).leases.map((one) => one.id)).to.deep.equal([first().id]);
    expect(await store.list(routerLeases('shop'))).to.have.length(1);
  });

  it('goes on without the store and loses nothing; what was decided meanwhile is pushed when it is back', async () => {
    const running = loads();
    await waitFor('requests', () => running.every((one) => one.now().requests > 100));
    await redis.kill();
    await waitFor('the router to notice', async () => (await state(first())).storeUp === false);
    expect((await first().admin('POST', '/alert', { reason: 'while away' })).body.alert).to.equal(true);
    expect((await routers[1]?.admin('PUT', '/weight', { weight: 7 }))?.body.weight).to.equal(7);
    const at = running.map((one) => one.now().requests);
    await waitFor('more requests', () =>
      running.every((one, index) => one.now().requests > (at[index] ?? 0) + 300),
    );
    await redis.restart();
    await waitFor('both everywhere', async () =>
      (await Promise.all(routers.map(state))).every(
        (one) => one.alert?.reason === 'while away' && one.weight === 7,
      ),
    );
    // The routers' connections are back; this one comes back by itself too.
    await waitFor('the store to answer here', () =>
      read('shop', store).then(
        () => true,
        () => false,
      ),
    );
    const stored = await read('shop', store);
    expect([stored?.alert?.reason, stored?.weight]).to.deep.equal(['while away', 7]);
    const counted = await Promise.all(running.map((one) => one.stop()));
    for (const one of counted) expect(lost(one), JSON.stringify(one)).to.equal(0);
  });

  it('a store that hangs or has lost everything does not stop the traffic, and is filled again', async () => {
    await first().admin('PUT', '/weight', { weight: 44 });
    const running = loads();
    redis.freeze();
    const at = running.map((one) => one.now().requests);
    await waitFor('more requests', () =>
      running.every((one, index) => one.now().requests > (at[index] ?? 0) + 300),
    );
    expect((await first().admin('POST', '/alert', { reason: 'frozen' })).body.alert).to.equal(true);
    redis.thaw();
    await waitFor('the alert in the store', async () => (await read('shop', store))?.alert !== null);
    await redis.tell('FLUSHALL');
    await waitFor('the state in the store', async () => (await read('shop', store))?.weight === 44);
    expect((await read('shop', store))?.alert).to.not.equal(null);
    for (const one of await Promise.all(running.map((each) => each.stop()))) expect(lost(one)).to.equal(0);
  });

  it('a record that is not ours is neither believed nor overwritten', async () => {
    await store.set(trafficState('shop'), '{"weight":100}');
    await store.publish('canopy:shop:traffic:changed', 'x');
    await waitFor('a warning', () => first().log.lines.some((line) => line.includes('not one of ours')));
    expect((await state(first())).weight).to.equal(33);
    expect(await store.get(trafficState('shop'))).to.equal('{"weight":100}');
    expect((await fetch(first().url)).status).to.equal(200);
  });
});
