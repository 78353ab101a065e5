import { expect } from 'chai';
import type { Store } from '../../../src/ports/ports.ts';
import { thrown } from '../../support/thrown.ts';
import { waitFor } from '../../support/wait-for.ts';
import { channelContract } from './store-channels.ts';
import type { StoreWorld } from './store-world.ts';

/** What every store does: run against the fake and against Redis. */
export function storeContract(name: string, begin: () => Promise<StoreWorld>): void {
  describe(`the contract of a store: ${name}`, () => {
    let world: StoreWorld;
    let store: Store;
    before(async function () {
      this.timeout(30_000);
      world = await begin();
    });
    beforeEach(async () => {
      await world.wipe();
      store = await world.open();
    });
    afterEach(() => store.close());
    after(() => world?.close());

    it('gets, sets and removes', async () => {
      expect(await store.get('k')).to.equal(null);
      expect(await store.set('k', 'grüße\n\0"')).to.equal(true);
      expect(await store.get('k')).to.equal('grüße\n\0"');
      expect(await store.set('k', '')).to.equal(true);
      expect(await store.get('k')).to.equal('');
      expect(await store.remove('k')).to.equal(true);
      expect(await store.remove('k')).to.equal(false);
      expect(await store.get('k')).to.equal(null);
    });

    it('sets only what is absent when told so', async () => {
      expect(await store.set('k', 'a', { ifAbsent: true })).to.equal(true);
      expect(await store.set('k', 'b', { ifAbsent: true })).to.equal(false);
      expect(await store.get('k')).to.equal('a');
    });

    it('forgets a key when its time is over, and keeps one that was set without', async () => {
      await store.set('short', 'a', { ttlMs: 150 });
      await store.set('kept', 'a', { ttlMs: 150 });
      await store.set('kept', 'b');
      await store.set('long', 'a', { ttlMs: 60_000 });
      await world.elapse(200);
      expect(await store.get('short')).to.equal(null);
      expect(await store.get('long')).to.equal('a');
      expect(await store.get('kept')).to.equal('b');
      expect(await store.set('short', 'c', { ifAbsent: true })).to.equal(true);
      expect(await codeOfRange(() => store.set('k', 'v', { ttlMs: 0 }))).to.equal('RangeError');
    });

    it('swaps only what it expects', async () => {
      expect(await store.swap('k', 'a', 'b')).to.equal(false);
      expect(await store.swap('k', '', 'b')).to.equal(false);
      expect(await store.swap('k', null, 'a')).to.equal(true);
      expect(await store.swap('k', null, 'b')).to.equal(false);
      expect(await store.swap('k', 'a', 'a')).to.equal(true);
      expect(await store.swap('k', 'a', '')).to.equal(true);
      expect(await store.swap('k', null, 'x')).to.equal(false);
      expect(await store.swap('k', '', null)).to.equal(true);
      expect(await store.get('k')).to.equal(null);
      expect(await store.swap('k', null, null)).to.equal(true);
    });

    it('swaps with a lifetime that each swap sets anew', async () => {
      // On a busy machine the first lifetime may be over before the second swap: then both again.
      await waitFor(
        'two swaps within the first lifetime',
        async () => (await store.swap('k', null, 'a', 300)) && store.swap('k', 'a', 'b', 60_000),
      );
      await world.elapse(400);
      expect(await store.get('k')).to.equal('b');
      expect(await store.swap('k', 'b', 'c', 100)).to.equal(true);
      await world.elapse(200);
      expect(await store.swap('k', 'c', 'd')).to.equal(false);
      expect(await store.swap('k', null, 'd')).to.equal(true);
    });

    it('lets exactly one of many swaps win', async () => {
      const other = await world.open();
      const tries = Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? store : other).swap('k', null, `${at}`, 9000),
      );
      const won = (await Promise.all(tries)).flatMap((one, at) => (one ? [String(at)] : []));
      expect(won).to.have.length(1);
      expect(await store.get('k')).to.equal(won[0]);
      await other.close();
    });

    it('swaps behind a fence only while that stands', async () => {
      const fence = { key: 'lease', value: 'ann' };
      expect(await store.swap('k', null, 'a', undefined, fence), 'no lease').to.equal(false);
      await store.set('lease', 'bob');
      expect(await store.swap('k', null, 'a', undefined, fence), 'of another').to.equal(false);
      await store.set('lease', 'ann', { ttlMs: 60_000 });
      expect(await store.swap('k', 'x', 'a', undefined, fence), 'another value').to.equal(false);
      expect(await store.swap('k', null, 'a', 60_000, fence)).to.equal(true);
      expect(await store.swap('k', 'a', null, undefined, { ...fence, value: '' })).to.equal(false);
      expect(await store.swap('lease', 'ann', 'ann2', undefined, fence), 'the lease itself').to.equal(true);
      expect(await store.swap('k', 'a', 'b', undefined, fence)).to.equal(false);
      expect(await store.get('k')).to.equal('a');
      await store.set('lease', '');
      expect(await store.swap('k', 'a', null, undefined, { ...fence, value: '' })).to.equal(true);
      expect(await store.get('k')).to.equal(null);
    });

    it('lets the fence run out', async () => {
      await store.set('lease', 'ann', { ttlMs: 100 });
      await world.elapse(200);
      const fence = { key: 'lease', value: 'ann' };
      expect(await store.swap('k', null, 'a', undefined, fence)).to.equal(false);
      expect(await store.get('k')).to.equal(null);
    });

    it('raises a counter above all it has heard of', async () => {
      expect(await store.next('n', 0)).to.equal(1);
      expect(await store.next('n', 0)).to.equal(2);
      expect(await store.next('n', 40)).to.equal(41);
      expect(await store.next('n', 7)).to.equal(42);
      expect(await store.get('n')).to.equal('42');
      await world.wipe();
      expect(await store.next('n', 42)).to.equal(43);
      expect(await store.next('big', 10 ** 13)).to.equal(10 ** 13 + 1);
      expect(await store.next('big', 0)).to.equal(10 ** 13 + 2);
    });

    it('gives each caller a number of its own', async () => {
      const other = await world.open();
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, at) => (at % 2 ? store : other).next('n', 5)),
      );
      expect(all.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 30 }, (_, at) => at + 6));
      await other.close();
    });

    it('does not count on from garbage', async () => {
      for (const garbage of ['many', '-4', '1.5', '', '99999999999999999999']) {
        await store.set('n', garbage);
        expect((await thrown(store.next('n', 3))).code, garbage).to.equal('store-record');
        expect(await store.get('n')).to.equal(garbage);
      }
    });

    it('lists what begins so, sorted, and takes no letter for a pattern', async () => {
      for (const key of ['p:b', 'p:a', 'p:[x]:1', 'p:*:2', 'q:a', 'P:c', 'p:x:3', 'p:\\:4'])
        await store.set(key, '1');
      expect(await store.list('p:')).to.deep.equal(['p:*:2', 'p:[x]:1', 'p:\\:4', 'p:a', 'p:b', 'p:x:3']);
      expect(await store.list('p:[x]')).to.deep.equal(['p:[x]:1']);
      expect(await store.list('p:*')).to.deep.equal(['p:*:2']);
      expect(await store.list('p:?')).to.deep.equal([]);
      expect(await store.list('p:\\')).to.deep.equal(['p:\\:4']);
    });

    it('lists many keys once each', async () => {
      const keys = Array.from({ length: 1500 }, (_, at) => `many:${String(at).padStart(4, '0')}`);
      await Promise.all(keys.map((key) => store.set(key, '1')));
      expect(await store.list('many:')).to.deep.equal(keys);
    });

    it('appends to a stream and reads its end, newest first', async () => {
      expect(await store.tail('s', 5)).to.deep.equal([]);
      const ids = [];
      for (const what of ['one', 'two', 'three'])
        ids.push(await store.append('s', { what, of: 'grüße\n' }, 100));
      const found = await store.tail('s', 2);
      expect(found.map(({ id }) => id)).to.deep.equal([ids[2], ids[1]]);
      expect(found[0]?.fields).to.deep.equal({ what: 'three', of: 'grüße\n' });
      expect(new Set(ids).size).to.equal(3);
    });

    it('cuts a stream to about what is to be kept', async () => {
      for (let n = 0; n < 500; n += 1) await store.append('s', { n: String(n) }, 50);
      const left = await store.tail('s', 1000);
      // Redis cuts whole nodes of a hundred entries.
      expect(left.length).to.be.within(50, 200);
      expect(left[0]?.fields['n']).to.equal('499');
    });
  });
  channelContract(name, begin);
}

async function codeOfRange(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return 'none';
}
