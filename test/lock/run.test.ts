import { expect } from 'chai';
import { history } from '../../src/audit/index.ts';
import { release, show } from '../../src/lock/index.ts';
import { lockWorld, type LockWorld } from '../support/lock.ts';
import { thrown } from '../support/thrown.ts';

const key = 'canopy:shop:lock:production';
const target = { app: 'shop', environment: 'production' };
const free = (world: LockWorld, name: string, steal: boolean) =>
  release({ ...target, actor: { name, url: '' }, steal }, world);

describe('the step lock', () => {
  it('shows who has it, and that nobody has', async () => {
    const { store, take } = lockWorld();
    expect(await show(target, store)).to.equal(null);
    const lease = await take();
    expect(await show(target, store)).to.include({ holder: 'shop #7', reason: 'deploy r1', token: 1 });
    await lease.release();
  });

  it('does not show garbage', async () => {
    const { store } = lockWorld();
    await store.set(key, '\u001b[2J');
    const error = await thrown(show(target, store));
    expect(error.code).to.equal('store-record');
    expect(error.message).not.to.include('\u001b');
  });

  it('has nothing to release when it is free', async () => {
    const world = lockWorld();
    expect(await free(world, 'anna@desk', true)).to.deep.equal({ outcome: 'unchanged', was: null });
    expect((await history(world.store, 'shop', 10)).entries).to.deep.equal([]);
  });

  it("refuses another's lock without --steal", async () => {
    const world = lockWorld();
    const lease = await world.take();
    const error = await thrown(free(world, 'anna@desk', false));
    expect([error.code, error.exit]).to.deep.equal(['lock-foreign', 4]);
    expect(error.message).to.include('shop #7');
    expect(await show(target, world.store)).not.to.equal(null);
    await lease.release();
  });

  it('steals: the holder notices and does not take it back', async () => {
    const world = lockWorld();
    const lease = await world.take();
    const released = await free(world, 'anna@desk', true);
    expect(released.outcome).to.equal('done');
    expect(released.was?.holder).to.equal('shop #7');
    await world.clock.advance(10_000);
    expect(String(lease.lost.reason.message)).to.equal('somebody released it');
    expect(await show(target, world.store)).to.equal(null);
    const next = await world.take({ holder: 'shop #8' });
    expect(next.token).to.be.greaterThan(lease.token);
    await lease.release();
    expect((await show(target, world.store))?.holder).to.equal('shop #8');
    await next.release();
  });

  it('releases its own, also after the holder died', async () => {
    const world = lockWorld();
    const lease = await world.take();
    expect((await free(world, 'shop #7', false)).outcome).to.equal('done');
    await world.clock.advance(10_000);
    expect(lease.lost.aborted).to.equal(true);
    await lease.release();
  });

  it('is audited, before and after', async () => {
    const world = lockWorld();
    const lease = await world.take();
    await free(world, 'anna@desk', true);
    const { entries } = await history(world.store, 'shop', 10);
    expect(entries.map(({ kind, action, outcome }) => [kind, action, outcome])).to.deep.equal([
      ['outcome', 'lock release --steal', 'done'],
      ['intent', 'lock release --steal', null],
    ]);
    expect(entries[0]?.actor.name).to.equal('anna@desk');
    expect(entries[0]?.reasons).to.deep.equal(['held by shop #7: deploy r1']);
    await lease.release();
  });

  it('steals garbage, that is: clears it away', async () => {
    const world = lockWorld();
    await world.store.set(key, '{"evil": true}');
    await world.store.set(`${key}:token`, 'many');
    expect((await thrown(free(world, 'shop #7', false))).code).to.equal('store-record');
    expect(await free(world, 'anna@desk', true)).to.deep.equal({ outcome: 'done', was: null });
    const lease = await world.take();
    expect(await lease.raise(40)).to.equal(41);
    await lease.release();
  });

  it('takes away the same lease also when its record changed meanwhile', async () => {
    const world = lockWorld();
    const lease = await world.take();
    const append = world.store.append;
    world.store.append = async (...words) => {
      world.store.append = append;
      await lease.raise(20);
      return append(...words);
    };
    expect((await free(world, 'anna@desk', true)).outcome).to.equal('done');
    expect(await show(target, world.store)).to.equal(null);
    await lease.release();
  });

  it('does not take it from one who came meanwhile', async () => {
    const world = lockWorld();
    const lease = await world.take();
    const append = world.store.append;
    world.store.append = async (...words) => {
      world.store.append = append;
      await lease.release();
      await world.take({ holder: 'shop #8' });
      return append(...words);
    };
    const error = await thrown(free(world, 'anna@desk', true));
    expect(error.code).to.equal('lock-foreign');
    expect((await show(target, world.store))?.holder).to.equal('shop #8');
    const { entries } = await history(world.store, 'shop', 1);
    expect(entries[0]?.outcome).to.equal('failed');
  });
});
