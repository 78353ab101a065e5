import { expect } from 'chai';
import { fencedStore } from '../../../src/deploy/journal/fenced-store.ts';
import { writeJournal } from '../../../src/deploy/journal/journal.ts';
import { deployKey, lockKey, trafficState } from '../../../src/store-keys.ts';
import { lockWorld } from '../../support/services/lock.ts';
import { thrown } from '../../support/thrown.ts';
import { journalOf } from './journal-cases.ts';

const key = trafficState('shop');
const where = { app: 'shop', environment: 'production' };

describe('the traffic state, under a lease', () => {
  it('changes while the lock is ours', async () => {
    const { store, take } = lockWorld();
    const lease = await take();
    expect(await fencedStore(store, where, lease).swap(key, null, 'a')).to.equal(true);
    await lease.raise(40);
    expect(await fencedStore(store, where, lease).swap(key, 'a', 'b')).to.equal(true);
    expect(await store.get(key)).to.equal('b');
    await lease.release();
  });

  it('does not change when another has taken the lock over, and says who', async () => {
    const { store, clock, take } = lockWorld();
    const lease = await take();
    const held = fencedStore(store, where, { token: lease.token });
    await lease.release();
    const other = await take({ holder: 'shop #8', reason: 'resume of the last deploy' });
    const error = await thrown(held.swap(key, null, 'a'));
    expect(error.code).to.equal('lock-lost');
    expect(error.message).to.contain('shop #8').and.to.contain('resume of the last deploy');
    expect(await store.get(key)).to.equal(null);
    expect(await held.swap('canopy:shop:other', null, 'x'), 'what is no traffic state').to.equal(true);
    await other.release();
    await clock.advance(1);
  });

  it('does not change when another has been at work since, though it is over', async () => {
    const { store, take } = lockWorld();
    const lease = await take();
    const held = fencedStore(store, where, { token: lease.token });
    await lease.release();
    const write = (token: number) =>
      store.set(deployKey('shop', 'production'), writeJournal({ ...journalOf({ state: 'done' }), token }));
    await write(lease.token);
    expect(await held.swap(key, null, 'a'), 'its own journal').to.equal(true);
    await write(lease.token + 1);
    const error = await thrown(held.swap(key, 'a', 'b'));
    expect([error.code, await store.get(key)]).to.deep.equal(['lock-lost', 'a']);
    expect(error.message).to.contain('20261121T090000-1a2b3c');
  });

  it('changes while nobody has it, or while nobody can tell who', async () => {
    const { store, take } = lockWorld();
    const lease = await take();
    await lease.release();
    const held = fencedStore(store, where, lease);
    expect(await held.swap(key, null, 'a')).to.equal(true);
    await store.set(lockKey('shop', 'production'), 'garbage');
    await store.set(deployKey('shop', 'production'), 'garbage');
    expect(await held.swap(key, 'a', 'b')).to.equal(true);
  });
});
