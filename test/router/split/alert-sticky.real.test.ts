import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { history, paired, type AuditedAction } from '../../../src/audit/index.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import type { Store } from '../../../src/ports/ports.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { routerLease } from '../../../src/store-keys.ts';
import { change } from '../../../src/traffic/index.ts';
import { tempFolder } from '../../support/temp.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { ALERT_TOKEN, allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { visit, visitors, type Visitor } from '../../support/http/visitors.ts';
import { waitFor } from '../../support/wait-for.ts';
import { quietLog } from '../../support/quiet-log.ts';

const open = (url: string): Promise<Store> =>
  openRedis({ kind: 'url', url: new Secret(url), shown: url, requireAuth: false }, { patient: true });

describe('an alert and clients that stick, two routers on one Redis', function () {
  this.timeout(120_000);
  let redis: RunningRedis;
  let store: Store;
  let stores: Store[];
  let stable: Upstream;
  let canary: Upstream;
  let routers: [RunningRouter, RunningRouter];
  const folder = tempFolder();

  before(needs('redis-server'));
  beforeEach(async () => {
    redis = await startRedis({ keep: true });
    [store, ...stores] = (await Promise.all([0, 1, 2, 3].map(() => open(redis.url)))) as [Store, ...Store[]];
    [stable, canary] = await Promise.all([startUpstream('web-1'), startUpstream('canary-1')]);
    const traffic = {
      sticky: 'cookie',
      weight: 50,
      revert: {
        errorRate: 5,
        windowMs: 2000,
        minRequests: 20,
        resume: 'auto',
        afterMs: 500,
        maxAfterMs: 60_000,
      },
    } as const;
    const start = (own: Store) => startRouter({ stable: [stable], canary: [canary], store: own, traffic });
    routers = [await start(stores[0] as Store), await start(stores[1] as Store)];
    await Promise.all(routers.map(allHealthy));
  });
  afterEach(async () => {
    await Promise.allSettled(routers.map((router) => router.stop()));
    await Promise.allSettled([store, ...stores].map((one) => one.close()));
    await Promise.allSettled([stable.kill(), canary.kill()]);
    await redis.stop();
  });

  /** Visitors of both sides at both routers, and some who ask for the canary by the header, until the end. */
  function rush(all: readonly Visitor[]) {
    const end = new AbortController();
    const options = { times: 1_000_000, atOnce: 10, signal: end.signal, path: '/slow?ms=3' };
    const half = all.length / 2;
    const running = routers.flatMap((router, at) => [
      visit(all.slice(at * half, at * half + half), { ...options, port: router.proxy.port }),
      visit(visitors(3), { ...options, port: router.proxy.port, headers: { 'x-canary': 'always' } }),
    ]);
    return {
      async stop(): Promise<number> {
        end.abort();
        return (await Promise.all(running)).reduce((sum, { lost }) => sum + lost, 0);
      },
    };
  }

  const state = async (router: RunningRouter) => (await router.admin('GET', '/state')).body;
  const deeds = async (): Promise<readonly AuditedAction[]> => paired((await history(store, 'shop')).entries);
  const flying = async (): Promise<number> =>
    (await Promise.all(routers.map(state))).reduce(
      (sum, one) => sum + Number(one.arms.canary[0].inFlight),
      0,
    );
  const done = async (...actions: string[]) =>
    waitFor(`${actions.join(', ')} in the audit stream`, async () => {
      const all = await deeds();
      const found = actions.map((action) => all.find(({ intent }) => intent?.action === action));
      return found.every((one) => one?.outcome != null) && (found as AuditedAction[]);
    });

  it('after the answer no request is picked for the canary by either router, whatever cookie or header it has', async () => {
    const all = visitors(20);
    for (const router of routers) await visit(all, { port: router.proxy.port });
    const sides = all.map(({ met }) => met.map((name) => name === 'canary-1'));
    expect(
      sides.every(([a, b]) => a === b),
      'both routers agree on every cookie',
    ).to.equal(true);
    const running = rush(all);
    await waitFor('requests for both', () => canary.seen > 300 && stable.seen > 300);

    const answer = await routers[0].admin('POST', '/alert', { reason: 'errors in checkout' }, ALERT_TOKEN);
    expect(answer.body).to.deep.include({ alert: true, late: [] });
    const before = (await flying()) + canary.seen;
    const at = stable.seen;
    await waitFor('more requests', () => stable.seen > at + 600);
    expect(canary.seen).to.be.at.most(before);

    const [first] = await done('alert');
    expect(first?.intent).to.deep.include({
      reasons: ['errors in checkout'],
      environment: 'canary',
      target: 'traffic',
    });
    expect(first?.intent?.actor.name).to.match(/^admin port, /);
    expect(first?.outcome).to.include({ outcome: 'done', event: 'dev.cdevents.environment.modified' });

    await routers[1].admin('POST', '/alert', { reason: 'again' });
    expect((await routers[1].admin('DELETE', '/alert')).status).to.equal(200);
    const seen = canary.seen;
    await waitFor('the canary to be back', () => canary.seen > seen + 100);
    expect(await running.stop(), 'lost').to.equal(0);
    await done('re-arm');
    expect((await deeds()).filter(({ intent }) => intent?.action === 'alert')).to.have.length(1);

    const cookies = all.map(({ cookies }) => cookies.get('canopy-shop'));
    all.forEach(({ met }) => met.splice(0));
    for (const router of routers) await visit(all, { port: router.proxy.port });
    expect(all.map(({ met }) => met.map((name) => name === 'canary-1'))).to.deep.equal(sides);
    expect(
      all.map(({ cookies }) => cookies.get('canopy-shop')),
      'the same cookies',
    ).to.deep.equal(cookies);
  });

  it('names a router that does not apply it, and does not wait for it for long', async () => {
    const frozen = {
      id: 'frozen-1',
      epoch: 1,
      version: 1,
      drained: [],
      inFlight: {},
      health: {},
      rates: {},
      at: 1,
    };
    await store.set(routerLease('shop', 'frozen-1'), JSON.stringify(frozen), { ttlMs: 60_000 });
    const answer = await routers[0].admin('POST', '/alert', { reason: 'x' }, ALERT_TOKEN);
    expect([answer.status, answer.body.alert, answer.body.late]).to.deep.equal([200, true, ['frozen-1']]);
  });

  it('an abort from elsewhere (canopy canary abort) reaches both, and breaks stickiness too', async () => {
    const all = visitors(20);
    const running = rush(all);
    await waitFor('requests for the canary', () => canary.seen > 200);
    const alert = { since: Date.now(), by: 'ann', reason: 'slow' };
    const after = await change('shop', [{ kind: 'alert', actor: 'store', alert }], {
      store,
      clock: realClock,
      log: quietLog(),
    });
    await waitFor('both', async () =>
      (await Promise.all(routers.map(state))).every((one) => one.version >= after.version),
    );
    const before = (await flying()) + canary.seen;
    const at = stable.seen;
    await waitFor('more requests', () => stable.seen > at + 400);
    expect(canary.seen).to.be.at.most(before);
    expect(await running.stop()).to.equal(0);
  });

  it('holds while Redis is away, says that the others could not be asked, and its entries are written later', async () => {
    const stateDir = folder();
    const options = { stable: [stable], canary: [canary], store: stores[2] ?? null, stateDir };
    const router = await startRouter(options);
    try {
      await redis.kill();
      await waitFor('the router to notice', async () => (await state(router)).storeUp === false);
      const answer = await router.admin('POST', '/alert', { reason: 'while away' }, ALERT_TOKEN);
      expect(answer.body).to.deep.include({ alert: true, late: null });
      const seen = canary.seen;
      await visit(visitors(20), { port: router.proxy.port, headers: { 'x-canary': 'always' } });
      expect(canary.seen).to.equal(seen);
    } finally {
      await router.stop();
    }
    // Its entries have outlasted it.
    expect(readdirSync(stateDir).filter((name) => name.startsWith('audit-'))).to.have.length(1);
    await redis.restart();
    const next = await startRouter(options);
    try {
      const [entry] = await done('alert');
      expect(entry?.outcome?.outcome).to.equal('late');
      expect(entry?.intent?.at).to.be.at.most(entry?.outcome?.at ?? 0);
      await waitFor(
        'nothing to wait',
        () => !readdirSync(stateDir).some((name) => name.startsWith('audit-')),
      );
    } finally {
      await next.stop();
    }
  });

  it('a relapse waits longer, stands in the state, and everything is audited', async () => {
    const all = visitors(40);
    const running = rush(all);
    for (const relapses of [0, 1]) {
      canary.status = 500;
      await waitFor('the revert', async () => (await state(routers[0])).reverted !== null);
      const body = await state(routers[0]);
      expect([body.relapses, body.effective]).to.deep.equal([relapses, 0]);
      canary.status = null;
      await waitFor('the canary to be back', async () => (await state(routers[0])).effective === 50);
    }
    await running.stop();
    await done('canary reverted', 'canary put back');
    await routers[0].admin('PUT', '/weight', { weight: 20 });
    await routers[0].admin('PUT', '/sticky', { sticky: 'none' });
    const reverts = (await done('canary weight 20%', 'canary sticky none')) && (await deeds());
    expect(reverts.filter(({ intent }) => intent?.action === 'canary reverted').length).to.be.within(2, 4);
    const [last] = reverts.filter(({ intent }) => intent?.action === 'canary reverted');
    expect(last?.intent?.reasons[0]).to.match(/requests to the canary failed|no instance of the canary/);
    expect(last?.intent?.actor.name).to.match(/^router /);
  });
});
