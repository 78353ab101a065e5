import { expect } from 'chai';
import { settled } from '../fakes/clock.ts';
import { lockWorld } from '../support/services/lock.ts';
import { thrown } from '../support/thrown.ts';

const key = 'canopy:shop:lock:production';
const reasonOf = (signal: AbortSignal): string => (signal.aborted ? String(signal.reason.message) : 'held');

describe('holding a lock', () => {
  it('is renewed at each third of the lease, for as long as it is held', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await clock.advance(9999);
    expect(store.ttl(key)).to.equal(20_001);
    await clock.advance(1);
    expect(store.ttl(key)).to.equal(30_000);
    await clock.advance(3_600_000);
    expect(store.ttl(key)).to.be.at.least(20_000);
    expect(lease.lost.aborted).to.equal(false);
    await lease.release();
    await clock.advance(60_000);
    expect(lease.lost.aborted).to.equal(false);
    expect(store.dump()[key]).to.equal(undefined);
  });

  it('is released where it is: also when another server is in charge of the store by now', async () => {
    const { store, take, clock, log } = lockWorld();
    const lease = await take();
    store.depose();
    await clock.drive(lease.release());
    expect(store.dump()[key], 'on the one in charge').to.equal(undefined);
    expect(log.lines.join()).to.not.contain('was not released');
  });

  it('that cannot be released is told, and runs out by itself', async () => {
    const { store, take, clock, log } = lockWorld();
    const lease = await take();
    store.isInCharge = () => Promise.resolve(false);
    await clock.drive(lease.release());
    expect(log.lines.join()).to.contain('was not released').and.contain('is changing its server');
  });

  it('survives a store that is away for less than the lease', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await clock.advance(9000);
    store.down();
    await clock.advance(20_000);
    store.up();
    await clock.advance(2000);
    expect(reasonOf(lease.lost)).to.equal('held');
    expect(store.ttl(key)).to.be.at.least(20_000);
    await lease.release();
  });

  it('is lost when the store is away until the lease has run out, and not later', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await clock.advance(10_000);
    store.down();
    await clock.advance(29_999);
    expect(lease.lost.aborted).to.equal(false);
    await clock.advance(1);
    expect(reasonOf(lease.lost)).to.match(/not be renewed in time.*connection refused/);
    expect((await thrown(lease.raise(9))).code).to.equal('lock-lost');
    store.up();
    await lease.release();
    expect(clock.sleeping()).to.equal(0);
  });

  it('is lost in time also when the store hangs without a word', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    store.swap = () => new Promise(() => undefined);
    await clock.advance(29_999);
    expect(lease.lost.aborted).to.equal(false);
    await clock.advance(1);
    expect(lease.lost.aborted).to.equal(true);
    await lease.release();
  });

  it('does not come back when an answer arrives after it was given up', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    const swap = store.swap;
    let answer: (value: boolean) => void = () => undefined;
    store.swap = () => new Promise<boolean>((resolve) => (answer = resolve));
    await clock.advance(30_000);
    expect(lease.lost.aborted).to.equal(true);
    store.swap = swap;
    answer(false);
    await settled();
    expect(store.dump()[key]).to.equal(undefined);
    await lease.release();
  });

  it('is lost when somebody else has it', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await store.remove(key);
    const thief = await take({ holder: 'shop #8', reason: 'deploy r2' });
    await clock.advance(10_000);
    expect(reasonOf(lease.lost)).to.equal('shop #8 has it now: deploy r2');
    expect((await thrown(lease.raise(0))).message).to.include('shop #8 has it now');
    await lease.release();
    expect(JSON.parse(store.dump()[key] ?? '').holder).to.equal('shop #8');
    await thief.release();
  });

  it('is lost when somebody else had it in between', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await store.remove(key);
    await (await take({ holder: 'shop #8' })).release();
    await clock.advance(10_000);
    expect(reasonOf(lease.lost)).to.equal('somebody released it');
    expect(store.dump()[key]).to.equal(undefined);
    await lease.release();
  });

  it('notices a thief when it wants a new token, before its next renewal', async () => {
    const { store, take } = lockWorld();
    const lease = await take();
    await store.remove(key);
    const thief = await take({ holder: 'shop #8' });
    expect((await thrown(lease.raise(0))).code).to.equal('lock-lost');
    expect(lease.lost.aborted).to.equal(true);
    await lease.release();
    await thief.release();
  });

  it('is written anew when Redis was wiped, with a token that stays greater', async () => {
    const { store, take, clock, log } = lockWorld();
    const lease = await take();
    expect(await lease.raise(70)).to.equal(71);
    store.wipe();
    await clock.advance(10_000);
    expect(reasonOf(lease.lost)).to.equal('held');
    expect(JSON.parse(store.dump()[key] ?? '').token).to.equal(71);
    expect(store.dump()[`${key}:token`]).to.equal('71');
    expect(log.lines.join('\n')).to.include('had forgotten the lock');
    expect(await lease.raise(71)).to.equal(72);
    await lease.release();
  });

  it('has a greater token than the hosts after a wiped Redis, for the next run too', async () => {
    const { store, take } = lockWorld();
    const first = await take();
    await first.raise(70);
    await first.release();
    store.wipe();
    const next = await take();
    expect(next.token).to.equal(1);
    expect(await next.raise(71)).to.equal(72);
    await next.release();
  });

  it('raises above what was given out and what was seen', async () => {
    const { store, take } = lockWorld();
    const lease = await take();
    expect(await lease.raise(0)).to.equal(2);
    expect(await lease.raise(10)).to.equal(11);
    expect(await lease.raise(3)).to.equal(12);
    expect(lease.token).to.equal(12);
    expect(JSON.parse(store.dump()[key] ?? '').token).to.equal(12);
    await lease.release();
  });

  it('knows its own record when the answer to a raise was lost', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    const swap = store.swap;
    store.swap = async (...words) => {
      await swap(...words);
      store.swap = swap;
      store.loseAnswers(1);
      return store.get('nothing').then(() => true);
    };
    expect((await thrown(lease.raise(5))).code).to.equal('store-unreachable');
    await clock.advance(10_000);
    expect(reasonOf(lease.lost)).to.equal('held');
    expect(await lease.raise(0)).to.equal(7);
    await lease.release();
    expect(store.dump()[key]).to.equal(undefined);
  });

  it('is lost when its record became garbage', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    await store.set(key, 'garbage');
    await clock.advance(10_000);
    expect(reasonOf(lease.lost)).to.include('not one of ours');
    await lease.release();
    expect(store.dump()[key]).to.equal('garbage');
  });

  it('loses all when it loses one of several', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take({ environments: ['canary', 'production'] });
    await store.remove('canopy:shop:lock:canary');
    await (await take({ environments: ['canary'] })).release();
    await clock.advance(10_000);
    expect(lease.lost.aborted).to.equal(true);
    await lease.release();
    expect(store.dump()[key]).to.equal(undefined);
  });

  it('says so when it could not be released, and does not fail', async () => {
    const { store, take, log } = lockWorld();
    const lease = await take();
    store.down();
    await lease.release();
    expect(log.lines.join('\n')).to.match(/was not released .* runs out by itself/);
  });
});
