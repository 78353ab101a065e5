import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { stable, startTrafficWorld, type TrafficWorld } from './traffic-world.ts';
import { lostOf, watchLoad } from './watched-load.ts';

describe('the store goes away under load, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let old = { id: '', file: '' };
  let next = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld();
    // By far longer than an outage below.
    traffic.world.configure({ lease: '12s' });
    old = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
    next = await traffic.ship('2');
    expect((await traffic.canopy('canary', 'start', '--weight', '30')).code).to.equal(0);
  });
  after(() => traffic?.stop());

  const weight = async (): Promise<number[]> => {
    const { body } = await traffic.ask('GET', '/weight');
    return [body.weight, body.effective];
  };
  const stored = async (): Promise<number> => (await traffic.canopy('canary', 'status')).json.data.weight;
  const answered = (load: { readonly seen: readonly unknown[] }, more: number): Promise<unknown> => {
    const since = load.seen.length;
    return waitFor(`${more} more answers`, () => load.seen.length >= since + more);
  };

  it('keeps its weight over a kill -9 of the router, also when the store is away', async () => {
    await traffic.stopRouter('SIGKILL');
    await traffic.startRouter();
    expect(await weight()).to.deep.equal([30, 30]);
    await traffic.world.redis.kill();
    await traffic.stopRouter('SIGKILL');
    await traffic.startRouter();
    expect(await weight()).to.deep.equal([30, 30]);
    await traffic.world.redis.restart();
    await waitFor('the weight in the new store', async () => (await stored()) === 30);
  });

  it('loses no request while Redis is away for ten seconds, and no weight', async () => {
    expect((await traffic.canopy('canary', 'weight', '40')).code).to.equal(0);
    const load = watchLoad(traffic.proxy);
    await answered(load, 50);
    await traffic.world.redis.kill();
    const away = load.seen.length;
    // The length of the outage is what is tested here.
    await sleep(10_000);
    await traffic.world.redis.restart();
    await waitFor('the weight in the new store', async () => (await stored()) === 40);
    await answered(load, 100);
    const seen = await load.stop();
    expect(lostOf(seen)).to.deep.equal([]);
    const during = seen.slice(away);
    const share = during.filter(({ instance }) => instance === 'can-1').length / during.length;
    expect(share).to.be.within(0.38, 0.42);
    expect(await weight()).to.deep.equal([40, 40]);
  });

  it('puts its state back into a store that was wiped', async () => {
    const load = watchLoad(traffic.proxy);
    await answered(load, 50);
    await traffic.world.redis.tell('FLUSHALL');
    await waitFor('the weight in the wiped store', async () => (await stored()) === 40);
    await waitFor('the router in the wiped store', async () => {
      return (await traffic.canopy('canary', 'status')).json.data.routers === 1;
    });
    await answered(load, 50);
    expect(lostOf(await load.stop())).to.deep.equal([]);
    expect(await weight()).to.deep.equal([40, 40]);
  });

  const outages: [string, () => Promise<void>][] = [
    [
      'hangs',
      async () => {
        traffic.world.redis.freeze();
        await sleep(1200);
        traffic.world.redis.thaw();
      },
    ],
    [
      'is gone and comes back empty',
      async () => {
        await traffic.world.redis.kill();
        await sleep(800);
        await traffic.world.redis.restart();
      },
    ],
  ];
  for (const phase of ['drained: no request', 'switch to', 'takes requests again'])
    for (const [what, outage] of outages)
      it(`carries a deploy over a store that ${what} for less than the lease after "${phase}"`, async () => {
        const target = (await traffic.releases())[0] === old.id ? next : old;
        const [before] = await weight();
        const load = watchLoad(traffic.proxy);
        const run = traffic.begin('deploy', '--environment', 'production', '--artifact', target.file);
        await waitFor(phase, () => run.output().includes(phase));
        await outage();
        const { code, json, stderr } = await run.ended;
        const seen = await load.stop();
        expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
        expect(lostOf(seen)).to.deep.equal([]);
        expect(traffic.cuts()).to.deep.equal([]);
        expect((await traffic.releases()).slice(0, 3)).to.deep.equal(stable.map(() => target.id));
        const { body } = await traffic.ask('GET', '/state');
        expect(body.drained).to.deep.equal({});
        expect(body.weight, 'the share from before').to.equal(before);
      });
});
