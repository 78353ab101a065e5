import { expect } from 'chai';
import { change, read, StoreBalancer } from '../../src/traffic/index.ts';
import { routerLease, trafficState } from '../../src/store-keys.ts';
import { fakeClock, type FakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { keptLog } from '../support/router/router.ts';
import { follow, routerOf } from './follow.ts';
import { quietLog } from '../support/quiet-log.ts';

describe('drain handshake over a store that loses records', () => {
  let clock: FakeClock;
  let store: FakeStore;
  const balancer = () => new StoreBalancer({ app: 'shop', store, clock, log: keptLog() });

  beforeEach(() => {
    clock = fakeClock();
    store = fakeStore(clock);
  });

  it('a lease that the store forgets does not make its router dead', async () => {
    const [one, two] = [routerOf(store, 'r1'), routerOf(store, 'r2')];
    await Promise.all([one.write(), two.write({ inFlight: { 'web-1': 1 } })]);
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(100);
    await one.write();
    await store.remove(routerLease('shop', 'r2'));
    await clock.advance(2000);
    await one.write();
    expect(ended, 'r2 may go on sending').to.deep.equal({});
    await two.write();
    await clock.advance(600);
    expect(ended.value).to.deep.equal({ cut: 0 });
  });

  it('begins no new history when the store has lost the one that the routers follow', async () => {
    await change('shop', [{ kind: 'weight', weight: 40 }], { store, clock, log: quietLog() });
    const remembered = (await store.get(trafficState('shop'))) ?? '';
    const router = routerOf(store, 'r1');
    await router.write();
    const ended = follow(balancer().drain('web-1', 30_000));
    await clock.advance(100);
    await store.remove(trafficState('shop'));
    await clock.advance(1000);
    expect(await read('shop', store), 'waits for the router').to.equal(null);
    await store.set(trafficState('shop'), remembered);
    await clock.advance(200);
    await router.write();
    await clock.advance(100);
    expect(ended.value).to.deep.equal({ cut: 0 });
    const state = await read('shop', store);
    expect([state?.weight, Object.keys(state?.drained ?? {})]).to.deep.equal([40, ['web-1']]);
  });

  it('ready asks again when a router has brought back a state from before', async () => {
    await change('shop', [{ kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } }], {
      store,
      clock,
      log: quietLog(),
    });
    const before = (await store.get(trafficState('shop'))) ?? '';
    const router = routerOf(store, 'r1');
    await router.write();
    const ended = follow(balancer().ready('web-1', 30_000));
    await clock.advance(100);
    await store.set(trafficState('shop'), before);
    await clock.advance(100);
    await router.write();
    await clock.advance(100);
    expect(ended).to.have.property('value');
    expect((await read('shop', store))?.drained).to.deep.equal({});
  });
});
