import { expect } from 'chai';
import { createFlags } from '../src/flags.js';

describe('flags', () => {
  let store;
  let time;
  let flag;

  beforeEach(() => {
    store = fakeStore();
    time = 0;
    flag = createFlags(store, { maxAgeMs: 500, now: () => time });
  });

  it('is on when the store says 1, off when it says 0', async () => {
    store.values.set('flag:shop:checkout', '1').set('flag:shop:gifts', '0');
    expect(await flag('checkout')).to.equal(true);
    expect(await flag('gifts', true)).to.equal(false);
  });

  it('takes the default for a flag that nobody has set', async () => {
    expect(await flag('checkout')).to.equal(false);
    expect(await flag('checkout', true)).to.equal(true);
  });

  it('reads once for requests that come together', async () => {
    await Promise.all([flag('checkout'), flag('checkout'), flag('checkout')]);
    expect(store.reads).to.equal(1);
  });

  it('reads again when the value is too old', async () => {
    store.values.set('flag:shop:checkout', '1');
    await flag('checkout');
    store.values.set('flag:shop:checkout', '0');
    time = 499;
    expect(await flag('checkout')).to.equal(true);
    time = 500;
    expect(await flag('checkout')).to.equal(false);
  });

  it('goes on with the last known value while the store is away, and comes back', async () => {
    store.values.set('flag:shop:checkout', '1');
    await flag('checkout');
    store.away = true;
    time = 1000;
    expect(await flag('checkout')).to.equal(true);
    store.away = false;
    store.values.set('flag:shop:checkout', '0');
    time = 2000;
    expect(await flag('checkout')).to.equal(false);
  });

  it('takes the default when the store was away from the start', async () => {
    store.away = true;
    expect(await flag('checkout')).to.equal(false);
  });
});

function fakeStore() {
  return {
    values: new Map(),
    away: false,
    reads: 0,
    async get(key) {
      this.reads += 1;
      if (this.away) throw new Error('connection refused');
      return this.values.get(key) ?? null;
    },
  };
}
