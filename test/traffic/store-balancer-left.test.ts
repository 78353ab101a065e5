import { expect } from 'chai';
import { keepLease } from '../../src/router/store/lease-keeper.ts';
import { StoreBalancer, type RouterLease } from '../../src/traffic/index.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { keptLog } from '../support/router/router.ts';
import { follow, routerOf } from './follow.ts';

describe('drain handshake while a router is restarted', () => {
  it('does not wait for the lease of the one that has ended in good order', async () => {
    const clock = fakeClock();
    const store = fakeStore(clock);
    const log = keptLog();
    let inFlight = 2;
    const old = (): RouterLease => ({
      ...{ id: 'old', epoch: 0, version: 0, drained: [], longLived: {}, rates: {}, at: 0 },
      ...{ inFlight: { 'web-1': inFlight }, health: { 'web-1': 'healthy' } },
    });
    const keeper = await keepLease('shop', store, clock, log, old);
    const fresh = routerOf(store, 'new');
    await fresh.write();

    const ended = follow(new StoreBalancer({ app: 'shop', store, clock, log }).drain('web-1', 30_000));
    await clock.advance(600);
    await fresh.write();
    expect(ended, 'the old one has not heard of it, and has requests').to.deep.equal({});
    inFlight = 0;
    await Promise.all([keeper.stop(), clock.advance(100)]);
    expect(ended.value, 'at once').to.deep.equal({ cut: 0 });
  });
});
