import { expect } from 'chai';
import { LEASE_MS, read, StoreBalancer, change } from '../../src/traffic/index.ts';
import { routerLease, trafficState } from '../../src/store-keys.ts';
import { fakeClock, type FakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { keptLog } from '../support/router/router.ts';
import { follow, routerOf } from './follow.ts';
import { quietLog } from '../support/quiet-log.ts';

describe('drain handshake over the store', () => {
  let clock: FakeClock;
  let store: FakeStore;
  let log: ReturnType<typeof keptLog>;
  const balancer = () => new StoreBalancer({ app: 'shop', store, clock, log });

  beforeEach(() => {
    clock = fakeClock();
    store = fakeStore(clock);
    log = keptLog();
  });

  it('refuses when no router lives, and says how to go on', async () => {
    const ended = follow(balancer().drain('web-1', 1000));
    await clock.advance(10);
    expect(ended.error?.code).to.equal('router-none');
    const check = follow(balancer().check());
    await clock.advance(10);
    expect(check.error?.code).to.equal('router-none');
    expect(await read('shop', store), 'nothing was changed').to.equal(null);
  });

  it('waits until the router has applied it and has nothing in flight', async () => {
    const router = routerOf(store, 'r1');
    await router.write({ inFlight: { 'web-1': 2 } });
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(200);
    expect(ended, 'not acknowledged').to.deep.equal({});
    await router.write({ inFlight: { 'web-1': 2 } });
    await clock.advance(200);
    expect(ended, 'two in flight').to.deep.equal({});
    await router.write({ inFlight: { 'web-1': 0 } });
    await clock.advance(100);
    expect(ended.value).to.deep.equal({ cut: 0 });
  });

  it('waits for every router', async () => {
    const [one, two] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    await Promise.all([one.write(), two.write()]);
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(100);
    await one.write();
    await clock.advance(500);
    expect(ended).to.deep.equal({});
    await two.write();
    await clock.advance(100);
    expect(ended.value).to.deep.equal({ cut: 0 });
  });

  it('a router that dies in between does not count once its lease has run out', async () => {
    const [one, two] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    await Promise.all([one.write(), two.write({ inFlight: { 'web-1': 5 } })]);
    const ended = follow(balancer().drain('web-1', 30_000));
    for (let at = 0; at < 10 && ended.value === undefined; at += 1) {
      await clock.advance(1000);
      await one.write();
    }
    await clock.advance(100);
    expect(ended.value).to.deep.equal({ cut: 0 });
  });

  it('is done when all routers have died', async () => {
    await routerOf(store, 'r1').write({ inFlight: { 'web-1': 5 } });
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(LEASE_MS + 200);
    expect(ended.value).to.deep.equal({ cut: 0 });
    expect(log.lines.join()).to.contain('no router is left');
  });

  it('says how many were cut when the time is over', async () => {
    const [one, deaf] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    const before = { epoch: 0, version: 0, drained: [] };
    const write = () => Promise.all([one.write({ inFlight: { 'web-1': 3 } }), deaf.write(before)]);
    await write();
    const ended = follow(balancer().drain('web-1', 3000));
    for (let at = 0; at < 4; at += 1) {
      await clock.advance(1000);
      await write();
    }
    expect(ended.value, 'three in flight, one router that did not hear').to.deep.equal({ cut: 4 });
    expect(log.lines.join()).to.contain('r2, r1');
  });

  it('asks again when another state has won over the drain', async () => {
    const router = routerOf(store, 'r1');
    await router.write();
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(100);
    await change('shop', [{ kind: 'ready', instance: 'web-1' }], { store, clock, log: quietLog() });
    await router.write();
    await clock.advance(200);
    expect(Object.keys((await read('shop', store))?.drained ?? {})).to.deep.equal(['web-1']);
    await router.write();
    await clock.advance(100);
    expect(ended.value).to.deep.equal({ cut: 0 });
  });

  it('ready waits until every router finds it healthy', async () => {
    const router = routerOf(store, 'r1');
    await router.write();
    await change('shop', [{ kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } }], {
      store,
      clock,
      log: quietLog(),
    });
    const ended = follow(balancer().ready('web-1', 30_000));
    await clock.advance(100);
    await router.write({ health: { 'web-1': 'unhealthy' } });
    await clock.advance(500);
    expect(ended).to.deep.equal({});
    await router.write();
    await clock.advance(100);
    expect(ended).to.have.property('value');
    expect((await read('shop', store))?.drained).to.deep.equal({});
  });

  it('ready says who is waited for when the time is over', async () => {
    const router = routerOf(store, 'r1', { 'web-1': 'unhealthy' });
    await router.write();
    const ended = follow(balancer().ready('web-1', 2000));
    for (let at = 0; at < 3; at += 1) {
      await clock.advance(1000);
      await router.write();
    }
    expect(ended.error?.code).to.equal('router-not-ready');
    expect(ended.error?.message).to.contain('r1');
  });

  it('ready tells of an instance that no router serves', async () => {
    await routerOf(store, 'r1', {}).write();
    const ended = follow(balancer().ready('web-9', 2000));
    await clock.advance(100);
    expect(ended.error?.code).to.equal('router-unknown-instance');
  });

  it('ready puts it back in the state even when no router lives', async () => {
    await change('shop', [{ kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } }], {
      store,
      clock,
      log: quietLog(),
    });
    const ended = follow(balancer().ready('web-1', 2000));
    await clock.advance(100);
    expect(ended.error?.code).to.equal('router-none');
    expect((await read('shop', store))?.drained).to.deep.equal({});
  });

  it('settle returns who has not applied the state in time', async () => {
    const [one, two] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    await Promise.all([one.write(), two.write()]);
    await change('shop', [{ kind: 'weight', weight: 5 }], { store, clock, log: quietLog() });
    const ended = follow(balancer().settle(1000));
    await one.write();
    await clock.advance(1200);
    expect(ended.value).to.deep.equal(['r2']);
    await two.write();
    const all = follow(balancer().settle(1000));
    await clock.advance(100);
    expect(all.value).to.deep.equal([]);
  });

  it('a store that goes away in the middle is an error, not a drain', async () => {
    await routerOf(store, 'r1').write({ inFlight: { 'web-1': 1 } });
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(100);
    store.down();
    await clock.advance(100);
    expect(ended.error?.code).to.equal('store-unreachable');
  });

  it('a lease that is none is told and left out; a state that is none is an error', async () => {
    await store.set(routerLease('shop', 'x'), 'garbage');
    const ended = follow(balancer().drain('web-1', 1000));
    await clock.advance(100);
    expect(ended.error?.code).to.equal('router-none');
    expect(log.lines.join()).to.contain('not a router');
    await routerOf(store, 'r1').write();
    await store.set(trafficState('shop'), 'garbage');
    const other = follow(balancer().drain('web-1', 1000));
    await clock.advance(100);
    expect(other.error?.code).to.equal('store-record');
  });
});
