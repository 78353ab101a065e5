/** A server of the store that was replaced goes on saying OK: whatever has to stand afterwards is done once more where it stays. */
import { expect } from 'chai';
import { writeJournal } from '../../src/deploy/journal/journal.ts';
import { unblock } from '../../src/deploy/unblock.ts';
import { fail } from '../../src/errors.ts';
import { setFlag } from '../../src/flags/index.ts';
import { release } from '../../src/lock/index.ts';
import { whereItStays } from '../../src/shared/where-it-stays.ts';
import { deployKey } from '../../src/store-keys.ts';
import { StoreBalancer } from '../../src/traffic/index.ts';
import { journalOf } from '../deploy/journal/journal-cases.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { lockWorld } from '../support/services/lock.ts';
import { quietLog } from '../support/quiet-log.ts';
import { thrown } from '../support/thrown.ts';
import { follow, routerOf } from '../traffic/follow.ts';

const app = 'shop';
const actor = { name: 'anna', url: '', run: 'desk, process 1' };
const lock = 'canopy:shop:lock:production';

function world() {
  const clock = fakeClock();
  const store = fakeStore(clock);
  return { clock, store, log: quietLog() };
}

describe('what has to stand in the store', () => {
  it('is done once where nobody was replaced, and again where somebody was', async () => {
    const { clock, store } = world();
    const work = (): Promise<number> => store.next('n', 0);
    expect(await whereItStays(work, { store, clock })).to.equal(1);
    store.depose();
    expect(await clock.drive(whereItStays(work, { store, clock }))).to.equal(2);
    expect(store.dump()['n']).to.equal('2');
  });

  it('waits for the one in charge, which is not found at once', async () => {
    const { clock, store } = world();
    let calls = 0;
    const work = async (): Promise<number> => {
      calls += 1;
      if (calls === 2) throw fail('store-unreachable', { url: 'redis://x', reason: 'gone' });
      return calls;
    };
    store.depose();
    expect(await clock.drive(whereItStays(work, { store, clock }))).to.equal(3);
  });

  it('is told when nobody stays in charge; what is refused at first is not tried again', async () => {
    const { clock, store } = world();
    const work = (): Promise<void> => Promise.resolve();
    const never = { isInCharge: () => Promise.resolve(false) };
    expect((await thrown(clock.drive(whereItStays(work, { store: never, clock })))).code).to.equal(
      'store-replaced',
    );
    store.down();
    const away = await thrown(whereItStays(() => store.get('k'), { store, clock }));
    expect(away.code).to.equal('store-unreachable');
  });

  it('a flag that was turned off', async () => {
    const { clock, store, log } = world();
    const set = (state: string) => setFlag({ app, name: 'checkout', state, actor }, { clock, store, log });
    await set('on');
    store.depose();
    await clock.drive(set('off'));
    expect(store.dump()['flag:shop:checkout']).to.equal('0');
  });

  it('a lock that was taken from its holder, and an environment that was taken as it is', async () => {
    const { clock, store, log } = world();
    const record = {
      id: 'a'.repeat(16),
      token: 3,
      holder: 'bob',
      run: 'x',
      reason: 'deploy',
      url: '',
      since: 1,
    };
    await store.set(lock, JSON.stringify(record));
    await store.set(deployKey(app, 'production'), writeJournal(journalOf({ state: 'mixed' })));
    store.depose();
    const freed = release({ app, environment: 'production', actor, steal: true }, { clock, store, log });
    expect((await clock.drive(freed)).outcome).to.equal('done');
    expect(store.dump()[lock]).to.equal(undefined);
    store.depose();
    expect(
      await clock.drive(unblock({ app, environment: 'production', actor }, { clock, store, log })),
    ).to.be.a('boolean');
    expect(JSON.parse(store.dump()[deployKey(app, 'production')] ?? '')).to.include({ state: 'failed' });
  });

  it('a lock that a replaced server gives is not held', async () => {
    const { clock, store, take } = lockWorld();
    store.depose();
    expect((await thrown(clock.drive(take()))).code).to.equal('store-replaced');
    expect(store.dump()[lock]).to.equal(undefined);
  });

  it('that no router is left is not believed of a server that was replaced', async () => {
    const { clock, store, log } = world();
    const router = routerOf(store, 'r1');
    await router.write();
    const ended = follow(new StoreBalancer({ app, store, clock, log }).drain('web-1', 60_000));
    await clock.advance(100);
    // The router has left for the other server, where it lives on with a request in flight.
    await router.write({ inFlight: { 'web-1': 1 }, drained: ['web-1'] });
    const key = 'canopy:shop:router:r1';
    await store.set(key, store.dump()[key] ?? '');
    store.depose();
    await store.remove(key);
    await clock.advance(6000);
    expect(ended, log.lines.join()).to.deep.equal({});
    await router.write({ drained: ['web-1'] });
    await clock.advance(1000);
    expect(ended.value).to.deep.equal({ cut: 0 });
    expect(log.lines.join()).not.to.contain('no router is left');
  });
});
