import { expect } from 'chai';
import type { Config, Environment } from '../../../src/config/types.ts';
import { openGuard, outOf } from '../../../src/deploy/perform/guard.ts';
import { recordingBalancer } from '../../../src/drivers/recording.ts';
import { routerLease } from '../../../src/store-keys.ts';
import { change, StoreBalancer } from '../../../src/traffic/index.ts';
import { fakeClock, type FakeClock } from '../../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../../fakes/store.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { follow, routerOf } from '../../traffic/follow.ts';
import { recorder } from '../../support/recorder.ts';

const names = ['web-1', 'web-2', 'web-3'];
const environment = {
  name: 'production',
  instances: names.map((name) => ({ name, capacity: null })),
  rollout: { maxUnavailable: { count: 1 }, margin: 20, capacityWaitMs: 10_000 },
} as unknown as Environment;
const config = {
  environments: { production: environment },
  traffic: { stable: 'production', canary: null },
} as unknown as Config;
const well = { 'web-1': 'healthy', 'web-2': 'healthy', 'web-3': 'healthy' } as const;
const lame = { ...well, 'web-3': 'unhealthy' } as const;

describe('the guard of a deploy', () => {
  let clock: FakeClock;
  let store: FakeStore;
  let log: ReturnType<typeof quietLog>;
  let stop: AbortController;
  const balancer = () => new StoreBalancer({ app: 'shop', store, clock, log });
  const guard = () =>
    openGuard({
      config,
      environment,
      mostOut: 1,
      balancer: balancer(),
      clock,
      log,
      stop: stop.signal,
    });
  const writes = (health: Readonly<Record<string, 'healthy' | 'unhealthy'>>) =>
    routerOf(store, 'r1', health).write({ rates: {} });

  beforeEach(() => {
    clock = fakeClock();
    store = fakeStore(clock);
    log = quietLog();
    stop = new AbortController();
  });

  it('lets it leave at once when the others serve', async () => {
    await writes(well);
    const ended = follow(guard().admit('web-1', ['web-1']));
    await clock.advance(1);
    expect([ended.value, log.lines]).to.deep.equal([true, []]);
  });

  it('says once that it cannot compare the load where the balancer tells none', async () => {
    const instances = names.map((name) => ({ name, capacity: 10 }));
    const own = { ...environment, instances } as unknown as Environment;
    const load = names.map((name) => ({ name, healthy: true, drained: false, requestsPerSecond: null }));
    const silent = Object.assign(balancer(), {
      load: async () => ({ canaryShare: 0, instances: load }),
    });
    const set = {
      config: { ...config, environments: { production: own } },
      environment: own,
      balancer: silent,
    };
    const blind = openGuard({ ...set, mostOut: 1, clock, log, stop: stop.signal });
    for (const name of ['web-1', 'web-2']) expect(await blind.admit(name, [name])).to.equal(true);
    expect(log.lines.filter((line) => line.includes('tells no load'))).to.have.length(1);
  });

  it('waits until the others are back, and says so once', async () => {
    await writes(lame);
    const ended = follow(guard().admit('web-1', ['web-1']));
    for (let at = 0; at < 3; at += 1) {
      await clock.advance(1500);
      await writes(lame);
    }
    expect(ended).to.deep.equal({});
    await writes(well);
    await clock.advance(1000);
    expect(ended.value).to.equal(true);
    expect(log.lines).to.deep.equal([
      'info web-1 waits: with web-1 2 of 3 instances would be out (web-3 is not healthy), 1 may be',
      'info web-1 the others can do without it now',
    ]);
  });

  it('fails with the figures when they do not come back in time', async () => {
    await writes(lame);
    const ended = follow(guard().admit('web-1', ['web-1']));
    for (let at = 0; at < 9; at += 1) {
      await clock.advance(1000);
      await writes(lame);
    }
    expect(ended).to.deep.equal({});
    await clock.advance(1000);
    expect(ended.error?.code).to.equal('capacity');
    expect(ended.error?.message).to.equal(
      'web-1 was not taken out of the traffic, after 10 s of waiting: with web-1 2 of 3 instances would be out (web-3 is not healthy), 1 may be',
    );
  });

  it('is told to stop while it waits: nothing has become of it; in the middle of a wave it is refused', async () => {
    await writes(lame);
    const ended = follow(guard().admit('web-1', ['web-1']));
    await clock.advance(10);
    stop.abort();
    await clock.advance(1);
    expect(ended).to.deep.equal({ value: false });
    const again = follow(guard().admit('web-1', ['web-1']));
    await clock.advance(1);
    expect(again.error?.code).to.equal('capacity');
  });

  it('counts one that no router knows as out', async () => {
    await writes({ 'web-1': 'healthy', 'web-2': 'healthy' });
    const ended = follow(guard().admit('web-1', ['web-1']));
    await clock.advance(12_000);
    // The router's lease has run out by then: that nobody is there to say is an error of its own.
    expect(ended.error?.code).to.equal('router-none');
    expect(log.lines.join()).to.contain('web-3 is not healthy');
  });

  it('tells who is out, and nobody when no router lives', async () => {
    await writes(lame);
    const note = { since: 1, by: 'x' };
    await change('shop', [{ kind: 'drain', instance: 'web-2', note }], { store, clock, log: quietLog() });
    expect(await outOf(balancer(), environment)).to.deep.equal(['web-2', 'web-3']);
    await store.remove(routerLease('shop', 'r1'));
    expect(await outOf(balancer(), environment)).to.deep.equal([]);
  });

  it('reads the load in a dry run, with what would have become of the instances', async () => {
    await writes(lame);
    const dry = recordingBalancer(balancer(), recorder(log));
    const out = async () => outOf(dry, environment);
    expect(await out()).to.deep.equal(['web-3']);
    await dry.drain('web-3', 1);
    await dry.ready('web-3', 1);
    await dry.drain('web-1', 1);
    expect(await out()).to.deep.equal(['web-1']);
    expect(await store.list('canopy:shop:traffic'), 'nothing was changed').to.deep.equal([]);
  });
});
