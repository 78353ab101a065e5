import { expect } from 'chai';
import { recordingStore } from '../../src/drivers/recording.ts';
import { settled } from '../fakes/clock.ts';
import { lockWorld } from '../support/services/lock.ts';
import { thrown } from '../support/thrown.ts';
import { recorder } from '../support/recorder.ts';

const key = 'canopy:shop:lock:production';

describe('taking a lock', () => {
  it('writes who has it and why, with a token and an end', async () => {
    const { store, take, clock } = lockWorld();
    const lease = await take();
    expect(JSON.parse(store.dump()[key] ?? '')).to.include({
      holder: 'shop #7',
      reason: 'deploy r1',
      url: 'http://jenkins/7/',
      token: 1,
      since: clock.now(),
    });
    expect(store.ttl(key)).to.equal(30_000);
    expect(lease.token).to.equal(1);
    await lease.release();
    expect(store.dump()).to.deep.equal({ 'canopy:shop:lock:production:token': '1' });
    expect(clock.sleeping()).to.equal(0);
  });

  it('lets exactly one of many have it', async () => {
    const { take } = lockWorld();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => take({ holder: `shop #${n}` })),
    );
    const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(won).to.have.length(1);
    await won[0]?.release();
  });

  it('names the holder, since when, why and where', async () => {
    const { take } = lockWorld();
    const lease = await take();
    const error = await thrown(take({ holder: 'shop #8' }));
    expect(error.code).to.equal('lock-held');
    expect(error.exit).to.equal(4);
    for (const word of ['shop #7', '2027-01-15T08:00:00.000Z', 'deploy r1', 'http://jenkins/7/'])
      expect(error.message).to.include(word);
    await lease.release();
  });

  it('gives a greater token to each, and keeps environments apart', async () => {
    const { take } = lockWorld();
    const tokens: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const lease = await take();
      tokens.push(lease.token);
      await lease.release();
    }
    const one = await take();
    const other = await take({ environments: ['canary'] });
    const another = await take({ app: 'blog' });
    expect(tokens).to.deep.equal([1, 2, 3]);
    expect([other.token, another.token]).to.deep.equal([1, 1]);
    for (const lease of [one, other, another]) await lease.release();
  });

  it('waits as long as it may, and names the holder once', async () => {
    const { take, clock, log } = lockWorld();
    const first = await take();
    const second = take({ holder: 'shop #8', waitMs: 60_000 });
    await clock.advance(20_000);
    await first.release();
    await clock.advance(500);
    const lease = await second;
    expect(lease.token).to.equal(2);
    const told = log.lines.filter((line) => line.startsWith('info') && line.includes('waiting for the lock'));
    expect(told).to.have.length(1);
    expect(told[0]).to.include('shop #7 has it: deploy r1');
    await lease.release();
  });

  it('shows how long it waits and for whom, and that it is over', async () => {
    const { take, clock, progress } = lockWorld();
    const first = await take({ holder: 'anna@desk', run: 'desk, process 4711, 9f3a2b1c' });
    const second = take({ holder: 'shop #8', waitMs: 60_000 });
    await clock.advance(20_000);
    expect(progress.at(-1)).to.equal(
      'production: waiting for the lock, 20 s of 1 min: anna@desk (desk, process 4711, 9f3a2b1c) has it: deploy r1',
    );
    await first.release();
    await clock.advance(500);
    await (await second).release();
    expect(progress.at(-1)).to.equal('production: the lock is ours after 20.5 s');
    expect(new Set(progress).size).to.be.greaterThan(20);
  });

  it('gives up when it has waited long enough', async () => {
    const { take, clock } = lockWorld();
    const first = await take();
    const second = thrown(take({ waitMs: 10_000 }));
    await clock.advance(10_000);
    expect((await second).code).to.equal('lock-held');
    await first.release();
  });

  it('stops waiting when the run is told to stop', async () => {
    const { take, clock } = lockWorld();
    const first = await take();
    const stop = new AbortController();
    const second = thrown(take({ waitMs: 10_000 }, stop.signal));
    await clock.advance(1000);
    stop.abort(new Error('SIGTERM'));
    const error = await second;
    expect([error.code, error.exit, error.message]).to.deep.equal(['aborted', 5, 'aborted by SIGTERM']);
    await first.release();
  });

  it('takes over from a holder that died, when its lease has run out', async () => {
    const { store, take, clock } = lockWorld();
    const dead = { id: 'dead00000000beef', holder: 'shop #6', reason: 'deploy', url: '', token: 4, since: 1 };
    await store.set(key, JSON.stringify(dead), { ttlMs: 30_000 });
    await store.set(`${key}:token`, '4');
    const waiting = take({ waitMs: 40_000 });
    await clock.advance(29_000);
    await clock.advance(2000);
    const lease = await waiting;
    expect(lease.token).to.equal(5);
    await lease.release();
  });

  it('takes several in name order with one token for all', async () => {
    const { store, take } = lockWorld();
    await store.set('canopy:shop:lock:canary:token', '41');
    const lease = await take({ environments: ['production', 'canary', 'production'] });
    expect(lease.token).to.equal(42);
    expect(await lease.raise(50)).to.equal(51);
    expect(store.dump()['canopy:shop:lock:canary:token']).to.equal('51');
    expect(store.dump()[`${key}:token`]).to.equal('51');
    expect(JSON.parse(store.dump()[key] ?? '').token).to.equal(51);
    expect(JSON.parse(store.dump()['canopy:shop:lock:canary'] ?? '').token).to.equal(51);
    await lease.release();
    expect(Object.keys(store.dump()).filter((one) => !one.endsWith(':token'))).to.deep.equal([]);
  });

  it('has one token for all whichever counter is ahead', async () => {
    for (const [canary, production] of [
      ['9', '3'],
      ['3', '9'],
      ['9', '9'],
    ]) {
      const { store, take } = lockWorld();
      await store.set('canopy:shop:lock:canary:token', canary ?? '');
      await store.set(`${key}:token`, production ?? '');
      const lease = await take({ environments: ['production', 'canary'] });
      expect(lease.token).to.equal(10);
      expect(await lease.raise(0)).to.equal(11);
      await lease.release();
    }
  });

  it('leaves none behind when the second is held', async () => {
    const { store, take } = lockWorld();
    const other = await take();
    const error = await thrown(take({ environments: ['canary', 'production'] }));
    expect(error.code).to.equal('lock-held');
    expect(Object.keys(store.dump())).not.to.include('canopy:shop:lock:canary');
    await other.release();
  });

  it('does not go deaf or blind: two that want the same both come to their turn', async () => {
    const { take, clock } = lockWorld();
    const both = ['canary', 'production'];
    const first = take({ environments: both, waitMs: 60_000 });
    const second = take({ environments: [...both].reverse(), holder: 'shop #8', waitMs: 60_000 });
    await settled();
    const done = await Promise.race([first, second]);
    await done.release();
    await clock.advance(1000);
    const leases = await Promise.all([first, second]);
    expect(new Set(leases.map(({ token }) => token)).size).to.equal(2);
    for (const lease of leases) await lease.release();
  });

  it('refuses a record that is not one of ours', async () => {
    const { store, take } = lockWorld();
    await store.set(key, '{"holder":"$(reboot)"}');
    expect((await thrown(take())).code).to.equal('store-record');
    expect(store.dump()[key]).to.equal('{"holder":"$(reboot)"}');
  });

  it('refuses a counter that is garbage, and holds nothing then', async () => {
    const { store, take, clock } = lockWorld();
    await store.set(`${key}:token`, 'many');
    expect((await thrown(take())).code).to.equal('store-record');
    expect(store.dump()).to.deep.equal({ [`${key}:token`]: 'many' });
    expect(clock.sleeping()).to.equal(0);
  });

  it('holds nothing when the store is away', async () => {
    const { store, take, clock } = lockWorld();
    store.down();
    expect((await thrown(take())).code).to.equal('store-unreachable');
    expect(clock.sleeping()).to.equal(0);
  });

  it('does not stay behind for ever when the answer to its own write is lost', async () => {
    const { store, take, clock } = lockWorld();
    const swap = store.swap;
    store.swap = async (...words) => {
      store.swap = swap;
      await swap(...words);
      throw new Error('lost');
    };
    const failed = await take().then(
      () => 'taken',
      () => 'failed',
    );
    expect(failed).to.equal('failed');
    await clock.advance(30_000);
    await (await take()).release();
  });
});

describe('a lock in a dry run', () => {
  it('is refused like a real one, and leaves nothing behind', async () => {
    const { store, take, clock, log } = lockWorld();
    const dry = recordingStore(store, recorder(log));
    const lease = await take({}, undefined, dry);
    expect(await lease.raise(40)).to.equal(41);
    await clock.advance(60_000);
    expect(lease.lost.aborted).to.equal(false);
    await lease.release();
    expect(store.dump()).to.deep.equal({});
    expect(log.lines.filter((line) => line.startsWith('warn'))).to.deep.equal([]);
    const real = await take();
    expect((await thrown(take({ holder: 'shop #8' }, undefined, dry))).code).to.equal('lock-held');
    await real.release();
  });
});
