import { expect } from 'chai';
import { history } from '../../src/audit/index.ts';
import { fail } from '../../src/errors.ts';
import { release, show } from '../../src/lock/index.ts';
import { lockWorld, type LockWorld } from '../support/services/lock.ts';
import { thrown } from '../support/thrown.ts';

const key = 'canopy:shop:lock:production';
const target = { app: 'shop', environment: 'production' };
/** Somebody else, or the build that holds it: both come from another process than the one that took it. */
const anna = { name: 'anna@desk', url: '', run: 'desk, process 4711, 9f3a2b1c' };
const build = { name: 'shop #7', url: 'http://jenkins/7/', run: 'shop #7' };
const free = (world: LockWorld, actor: typeof anna, steal: boolean) =>
  release({ ...target, actor, steal }, world);

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
    expect(await free(world, anna, true)).to.deep.equal({ outcome: 'unchanged', was: null });
    expect((await history(world.store, 'shop', 10)).entries).to.deep.equal([]);
  });

  it("refuses another's lock without --steal", async () => {
    const world = lockWorld();
    const lease = await world.take();
    const error = await thrown(free(world, anna, false));
    expect([error.code, error.exit]).to.deep.equal(['lock-foreign', 4]);
    for (const word of ['another run', 'shop #7', 'deploy r1', 'http://jenkins/7/', '2027-01-15'])
      expect(error.message).to.include(word);
    expect(await show(target, world.store)).not.to.equal(null);
    expect((await history(world.store, 'shop')).entries).to.deep.equal([]);
    await lease.release();
  });

  it('refuses another run of the same user on the same machine, and names its process', async () => {
    const world = lockWorld();
    const lease = await world.take({ holder: anna.name, url: '', run: 'desk, process 12, 00000000' });
    const error = await thrown(free(world, anna, false));
    expect(error.code).to.equal('lock-foreign');
    expect(error.message).to.include('anna@desk (desk, process 12, 00000000)');
    await lease.release();
  });

  it("refuses whoever has the holder's name, when the record tells no run", async () => {
    const world = lockWorld();
    const lease = await world.take({ run: '' });
    expect((await thrown(free(world, build, false))).code).to.equal('lock-foreign');
    expect((await thrown(free(world, { ...build, run: '' }, false))).code).to.equal('lock-foreign');
    await lease.release();
  });

  it('has nothing to release when the lease of the other has expired', async () => {
    const world = lockWorld();
    const dead = { id: 'dead00000000beef', ...anna, holder: anna.name, reason: 'r', token: 4, since: 1 };
    await world.store.set(key, JSON.stringify(dead), { ttlMs: 30_000 });
    await world.clock.advance(30_001);
    expect((await free(world, build, false)).outcome).to.equal('unchanged');
  });

  it('steals: the holder notices and does not take it back', async () => {
    const world = lockWorld();
    const lease = await world.take();
    const released = await free(world, anna, true);
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

  it('releases its own: another step of the same build, also after the holder died', async () => {
    const world = lockWorld();
    const lease = await world.take();
    expect((await free(world, build, false)).outcome).to.equal('done');
    await world.clock.advance(10_000);
    expect(lease.lost.aborted).to.equal(true);
    await lease.release();
  });

  it('is audited, before and after', async () => {
    const world = lockWorld();
    const lease = await world.take();
    await free(world, anna, true);
    const { entries } = await history(world.store, 'shop', 10);
    expect(entries.map(({ kind, action, outcome }) => [kind, action, outcome])).to.deep.equal([
      ['outcome', 'lock release --steal', 'done'],
      ['intent', 'lock release --steal', null],
    ]);
    expect(entries[0]?.actor.name).to.equal('anna@desk');
    expect(entries[0]?.reasons).to.deep.equal(['held by shop #7: deploy r1']);
    await lease.release();
  });

  it('is audited as failed when it could not be done', async () => {
    const world = lockWorld();
    const lease = await world.take();
    const next = world.store.next;
    world.store.next = async () => {
      world.store.next = next;
      throw fail('store-unreachable', { url: 'redis://fake', reason: 'gone' });
    };
    expect((await thrown(free(world, anna, true))).code).to.equal('store-unreachable');
    const { entries } = await history(world.store, 'shop');
    expect(entries[0]).to.include({ outcome: 'failed', intent: entries[1]?.id });
    expect(entries[0]?.reasons.join()).to.match(/held by shop #7: deploy r1.*gone/);
    await lease.release();
  });

  it('steals garbage, that is: clears it away', async () => {
    const world = lockWorld();
    await world.store.set(key, '{"evil": true}');
    await world.store.set(`${key}:token`, 'many');
    expect((await thrown(free(world, build, false))).code).to.equal('store-record');
    expect(await free(world, anna, true)).to.deep.equal({ outcome: 'done', was: null });
    expect(await world.store.get('canopy:shop:unreadable:lock:production')).to.equal('{"evil": true}');
    expect(world.log.lines.join()).to.contain('canopy:shop:unreadable:lock:production');
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
    expect((await free(world, anna, true)).outcome).to.equal('done');
    expect(await show(target, world.store)).to.equal(null);
    await lease.release();
  });

  it('clears garbage away also when it has changed meanwhile, but never one who has come', async () => {
    const world = lockWorld();
    const append = world.store.append;
    const meanwhile = (work: () => Promise<unknown>) => {
      world.store.append = async (...words) => {
        world.store.append = append;
        await work();
        return append(...words);
      };
    };
    await world.store.set(key, 'nonsense');
    meanwhile(() => world.store.set(key, 'other nonsense'));
    expect(await free(world, anna, true)).to.deep.equal({ outcome: 'done', was: null });
    expect(await show(target, world.store)).to.equal(null);
    await world.store.set(key, 'nonsense');
    meanwhile(async () => {
      await world.store.remove(key);
      await world.take({ holder: 'shop #8' });
    });
    expect((await thrown(free(world, anna, true))).code).to.equal('lock-foreign');
    expect((await show(target, world.store))?.holder).to.equal('shop #8');
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
    const error = await thrown(free(world, anna, true));
    expect(error.code).to.equal('lock-foreign');
    expect((await show(target, world.store))?.holder).to.equal('shop #8');
    const { entries } = await history(world.store, 'shop', 1);
    expect(entries[0]?.outcome).to.equal('failed');
  });
});
