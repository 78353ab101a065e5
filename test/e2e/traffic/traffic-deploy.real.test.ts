import { expect } from 'chai';
import { realClock } from '../../../src/drivers/clock.ts';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { change } from '../../../src/traffic/index.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { stable, startTrafficWorld, type TrafficWorld } from './traffic-world.ts';
import { askedSince, lostOf, watchLoad, type Seen } from './watched-load.ts';
import { quietLog } from '../../support/quiet-log.ts';

describe('deploy under load through the router, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let good = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld();
    good = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
  });
  after(() => traffic?.stop());

  it('drains each instance, loses no request, and lets nobody see an instance that is being switched', async () => {
    const before = good.id;
    good = await traffic.ship('2');
    const load = watchLoad(traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    const run = traffic.begin('deploy', '--environment', 'production');
    const drainedAt = new Map<string, number>();
    run.child.stderr?.on('data', (chunk: Buffer) => {
      for (const [, name = ''] of chunk.toString().matchAll(/^(\S+) +drained: no request is in flight/gm))
        drainedAt.set(name, performance.now());
    });
    const { code, json, stderr } = await run.ended;
    const since = performance.now();
    await waitFor('answers of the new release', () => askedSince(load.seen, since).length > 100);
    const seen = await load.stop();

    expect(code, stderr).to.equal(0);
    expect(json.warnings).to.deep.equal([]);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(traffic.cuts()).to.deep.equal([]);
    expect([...drainedAt.keys()]).to.deep.equal([...stable]);
    for (const name of stable) {
      const own = seen.filter(({ instance }) => instance === name);
      expect(releasesInOrder(own), name).to.deep.equal([before, good.id]);
      // What was in flight when it was drained stands in `cuts`.
      const late = askedSince(own, drainedAt.get(name) ?? 0).filter(({ release }) => release === before);
      expect(late, `${name} was asked after its drain`).to.deep.equal([]);
    }
    expect((await traffic.ask('GET', '/state')).body.drained).to.deep.equal({});
  });

  it('puts a bad release back under load: exit 3, nothing lost, and nobody ever sees it', async () => {
    const bad = await traffic.ship('bad', true);
    await leaveOut(traffic, 'web-3');
    const load = watchLoad(traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    const { code, json, stderr } = await traffic.deploy('production');
    const since = performance.now();
    await waitFor('answers after the revert', () => askedSince(load.seen, since).length > 100);
    const seen = await load.stop();

    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(releasesInOrder(seen)).to.deep.equal([good.id]);
    expect(seen.some(({ release }) => release === bad.id)).to.equal(false);
    expect(new Set(askedSince(seen, since).map(({ instance }) => instance))).to.deep.equal(new Set(stable));
    expect(await traffic.releases()).to.deep.equal([good.id, good.id, good.id, null]);
    expect(traffic.cuts()).to.deep.equal([]);
    expect((await traffic.ask('GET', '/state')).body.drained).to.deep.equal({});
  });

  it('refuses to touch anything when no router lives, and goes without one when it is told to', async () => {
    const before = good.id;
    good = await traffic.ship('3');
    expect((await traffic.stopRouter()).code).to.equal(0);
    const { code, json } = await traffic.deploy('production');
    expect([code, json.errors[0].code]).to.deep.equal([1, 'router-none']);
    expect(await traffic.releases()).to.deep.equal([before, before, before, null]);
    expect(
      (await traffic.canopy('lock', 'show', '--environment', 'production')).json.data.locks,
    ).to.deep.equal([]);

    const without = await traffic.deploy('production', '--no-balancer');
    expect(without.code, without.stderr).to.equal(0);
    expect(without.json.warnings.join('\n')).to.contain('no balancer');
    expect(await traffic.releases()).to.deep.equal([good.id, good.id, good.id, null]);
  });
});

/** Takes an instance out of the traffic, like a deploy that died in the middle of it. */
async function leaveOut(traffic: TrafficWorld, instance: string): Promise<void> {
  const shown = traffic.world.redis.url;
  const store = await openRedis({ kind: 'url', url: new Secret(shown), shown, requireAuth: false });
  const note = { since: Date.now(), by: 'a deploy that died' };
  await change('shop', [{ kind: 'drain', instance, note }], { store, clock: realClock, log: quietLog() });
  await store.close();
}

/** The releases of a row of answers, each turn once. */
const releasesInOrder = (seen: readonly Seen[]): string[] =>
  seen.map(({ release }) => release).filter((release, at, all) => release !== all[at - 1]);
