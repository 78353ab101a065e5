import { expect } from 'chai';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { liveRouters, read, StoreBalancer } from '../../../src/traffic/index.ts';
import { lost, startLoad, type Load } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { keptLog } from '../../support/router/router.ts';
import { isAlive, startService, type RouterService } from '../../support/router/router-service.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('canopy router: a primary and its workers, end to end', function () {
  this.timeout(180_000);
  let redis: RunningRedis;
  let store: Store;
  let stable: Upstream[];
  let canary: Upstream;
  let router: RouterService;
  const loads: Load[] = [];

  before(needs('redis-server'));
  before(async () => {
    redis = await startRedis({ keep: true });
    store = await openRedis(
      { kind: 'url', url: new Secret(redis.url), shown: redis.url, requireAuth: false },
      { patient: true },
    );
    stable = await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => startUpstream(name)));
    canary = await startUpstream('can-1');
    router = await startService({ stable, canary: [canary], store: redis.url, workers: 2 });
  });
  after(async () => {
    await router?.stop();
    router?.remove();
    await store?.close();
    await Promise.allSettled([...(stable ?? []), canary].map((one) => one?.kill()));
    await redis?.stop();
  });
  afterEach(async () => {
    await Promise.all(loads.splice(0).map((one) => one.stop()));
  });

  const load = (more = {}): Load => {
    const one = startLoad({ port: router.port, by: 'x-instance', connections: 8, ...more });
    loads.push(one);
    return one;
  };
  const nothingLost = async (...all: Load[]): Promise<void> => {
    for (const one of all) {
      const counted = await one.stop();
      expect(lost(counted), JSON.stringify([counted.statuses, counted.failures])).to.equal(0);
      expect(counted.requests).to.be.greaterThan(50);
    }
  };
  const leases = async (): Promise<string[]> => (await liveRouters('shop', store)).leases.map(({ id }) => id);

  it('splits exactly over all workers, and tells one state, one weight, one page of metrics', async () => {
    expect(router.workers()).to.have.length(2);
    expect(await leases()).to.have.length(2);
    await router.ask('PUT', '/weight', { weight: 33 });
    const counted = await load({ connections: 16, requests: 6000 }).done;
    expect(lost(counted)).to.equal(0);
    expect(Math.abs((counted.byHeader['can-1'] ?? 0) - 1980)).to.be.at.most(2);
    const { body } = await router.ask('GET', '/state');
    expect(body.observed).to.deep.include({ requests: 6000, canary: counted.byHeader['can-1'] });
    expect(body.workers).to.have.length(2);
    const answers = [...body.arms.stable, ...body.arms.canary].reduce((sum, { answers }) => sum + answers, 0);
    expect(answers).to.equal(6000);
    expect(await countedIn(router)).to.equal(6000);
    expect((await router.ask('GET', '/weight')).body.observed.requests).to.equal(6000);
  });

  it('a restart under load loses nothing, and what was counted goes on', async () => {
    const busy = load();
    const rare = load({ pauseMs: 170 });
    const slow = load({ path: '/slow?ms=400' });
    await waitFor('requests', () => busy.now().requests > 300 && slow.now().requests > 8);
    for (let turn = 0; turn < 10; turn += 1) {
      const before = router.workers();
      const { code, output } = await router.restart();
      expect(code, output + router.log()).to.equal(0);
      const serving = router.workers().filter((pid) => !before.includes(pid));
      expect(serving, `turn ${turn}`).to.have.length(2);
      expect(await countedIn(router)).to.be.at.least(6000);
    }
    await waitFor('the rare ones', () => rare.now().requests > 50);
    await nothingLost(busy, rare, slow);
    await waitFor('the old ones to end', () => router.workers().length === 2, 35_000);
    await waitFor('their leases to be given back', async () => (await leases()).length === 2);
    const asked = [busy, rare, slow].reduce((sum, one) => sum + one.now().requests, 6000);
    expect(await countedIn(router)).to.equal(asked);
    expect((await router.ask('GET', '/weight')).body.weight).to.equal(33);
  });

  it('SIGUSR2 does the same; a canopy.yml that is wrong leaves the old ones', async () => {
    const before = router.workers();
    router.child.kill('SIGUSR2');
    await waitFor('new ones', () => before.every((pid) => !isAlive(pid)), 35_000);
    await waitFor('two', () => router.workers().length === 2);
    router.configure({ stable: [stable[0], stable[0]] as Upstream[] });
    const { code, output } = await router.restart();
    expect(code, output).to.equal(2);
    router.child.kill('SIGUSR2');
    await waitFor('it to give up', () => router.log().includes('given up'), 20_000);
    expect(router.workers()).to.have.length(2);
    router.configure({ stable });
  });

  it('a worker that is killed costs what it had in flight; nobody is refused', async () => {
    const busy = load({ connections: 10, pauseMs: 5 });
    await waitFor('requests', () => busy.now().requests > 100);
    const [victim = 0] = router.workers();
    process.kill(victim, 'SIGKILL');
    await waitFor('two again', () => router.workers().length === 2 && !router.workers().includes(victim));
    const at = busy.now().requests;
    await waitFor('more requests', () => busy.now().requests > at + 200);
    const counted = await busy.stop();
    expect(Object.keys(counted.statuses)).to.deep.equal(['200']);
    const failed = Object.values(counted.failures).reduce((sum, one) => sum + one, 0);
    expect(failed, JSON.stringify(counted.failures)).to.be.at.most(10);
    expect(Object.keys(counted.failures)).to.not.include('ECONNREFUSED');
    await waitFor('it to be told', () =>
      router.log().includes('the requests that it had in flight are lost'),
    );
  });

  it('an alert holds on every worker when it is answered, also while the store is away', async () => {
    await router.ask('PUT', '/weight', { weight: 50 });
    const busy = load({ connections: 16, pauseMs: 1 });
    const settled = async (): Promise<boolean> =>
      (await router.ask('GET', '/state')).body.workers.every(
        ({ effective }: { effective: number }) => effective === 50,
      );
    for (const away of [false, true]) {
      await waitFor('the canary', settled);
      if (away) await redis.kill();
      const seen = canary.seen;
      await waitFor('the canary to be used', () => canary.seen > seen + 20);
      expect((await router.ask('POST', '/alert', { reason: `away: ${away}` })).body.alert).to.equal(true);
      // What was picked before the answer may still be on its way.
      await busy.settled();
      const after = canary.seen;
      const at = busy.now().requests;
      await waitFor('more requests', () => busy.now().requests > at + 300);
      expect(canary.seen, `away: ${away}`).to.equal(after);
      if (away) {
        // Nobody forgets it: not a worker that is new, not the store that comes back empty-handed.
        const [victim = 0] = router.workers();
        process.kill(victim, 'SIGKILL');
        await waitFor('two', () => router.workers().length === 2 && !router.workers().includes(victim));
        await waitFor('both to know', async () => {
          const { workers } = (await router.ask('GET', '/state')).body;
          return workers.length === 2 && workers.every((one: { effective: number }) => one.effective === 0);
        });
        await redis.restart();
        await waitFor(
          'the store to know',
          async () => (await read('shop', store))?.alert?.reason === 'away: true',
        );
      }
      expect((await router.ask('DELETE', '/alert')).status).to.equal(200);
    }
    const counted = await busy.stop();
    expect(Object.keys(counted.statuses)).to.deep.equal(['200']);
  });

  it('a drain waits for every worker, also while they are replaced', async () => {
    const log = keptLog();
    const balancer = new StoreBalancer({ app: 'shop', store, clock: realClock, log });
    const busy = load({ path: '/slow?ms=15' });
    await waitFor('requests', () => busy.now().requests > 50);
    const [victim] = stable as [Upstream];
    const restarting = router.restart();
    // The lease of a worker that has just left counts until it would have run out: up to 5 s.
    expect(await balancer.drain(victim.name, 20_000), log.lines.join('\n')).to.deep.equal({ cut: 0 });
    expect(victim.active).to.equal(0);
    await victim.kill();
    expect((await restarting).code).to.equal(0);
    await victim.revive();
    await balancer.ready(victim.name, 20_000);
    await nothingLost(busy);
  });

  it('tells what the last router did, and a new start goes on from the disk', async () => {
    const before = (await router.ask('GET', '/state')).body;
    expect(await router.stop()).to.equal(0);
    expect(router.log()).to.contain('the router has stopped');
    expect((await router.restart()).output).to.contain('no router of shop runs here');
    await router.start();
    const now = (await router.ask('GET', '/state')).body;
    expect([now.epoch, now.weight]).to.deep.equal([before.epoch, before.weight]);
  });

  it('the passive revert judges what all workers have counted', async () => {
    await router.ask('PUT', '/weight', { weight: 50 });
    await waitFor('the canary', async () => (await router.ask('GET', '/weight')).body.effective === 50);
    // What was counted before the first look is the beginning, and it looks four times a second.
    const begun = performance.now();
    await waitFor('the first looks', () => performance.now() > begun + 1000);
    // 24 requests of the canary, 12 a worker: 20 are needed.
    await load({ connections: 2, requests: 48, path: '/500' }).done;
    await waitFor('the revert', async () => (await router.ask('GET', '/weight')).body.reverted === true);
    await waitFor('it to be told', () => /canary reverted: \d+ of \d+ requests/.test(router.log()));
    expect((router.log().match(/canary reverted: /g) ?? []).length, router.log()).to.equal(1);
    expect((await router.ask('DELETE', '/alert')).status).to.equal(200);
  });
});

/** Answers that GET /metrics tells. */
async function countedIn(router: RouterService): Promise<number> {
  const { text } = await router.ask('GET', '/metrics');
  const lines = [...text.matchAll(/^canopy_router_requests_total\{.*\} (\d+)$/gm)];
  return lines.reduce((sum, [, count]) => sum + Number(count), 0);
}
