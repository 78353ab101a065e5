import { expect } from 'chai';
import {
  alarmed,
  initial,
  parseState,
  publicText,
  read,
  toText,
  change,
  push,
  publish,
} from '../../src/traffic/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { canaryPublic, trafficChannel, trafficState } from '../../src/store-keys.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

const key = trafficState('shop');
const alert = { since: 5, by: 'monitor', reason: 'errors' };

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe('changing the shared traffic state', () => {
  const clock = fakeClock();
  let store: FakeStore;
  let told: (string | null)[];

  beforeEach(async () => {
    store = fakeStore(clock);
    told = [];
    await store.subscribe(trafficChannel('shop'), (message) => told.push(message));
    told.length = 0;
  });
  const ports = () => ({ store, clock, log: quietLog() });

  it('begins a history where there is none', async () => {
    expect(await read('shop', store)).to.equal(null);
    const state = await change('shop', [{ kind: 'weight', weight: 20 }], ports(), { weight: 33 });
    expect([state.weight, state.version, state.epoch]).to.deep.equal([20, 2, clock.now()]);
    expect(await read('shop', store)).to.deep.equal(state);
    expect(told).to.deep.equal([`${state.epoch}.2`]);
    expect(store.dump()[canaryPublic('shop')]).to.equal(publicText(state));
  });

  it('tells nobody when nothing changed', async () => {
    await change('shop', [{ kind: 'weight', weight: 20 }], ports());
    told.length = 0;
    const again = await change('shop', [{ kind: 'weight', weight: 20 }], ports());
    expect([again.version, told]).to.deep.equal([2, []]);
  });

  it('loses no change when many are made at once', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `web-${at}`);
    const all = Promise.all(
      names.map((instance) =>
        change('shop', [{ kind: 'drain', instance, note: { since: 1, by: 'x' } }], ports()),
      ),
    );
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(100);
    await all;
    const state = await read('shop', store);
    expect(Object.keys(state?.drained ?? {}).sort()).to.deep.equal([...names].sort());
    expect(state?.version).to.equal(13);
    expect(JSON.parse(store.dump()[canaryPublic('shop')] ?? '{}')).to.include({ version: 13 });
  });

  it('gives up when the record never stands still', async () => {
    const restless: Store = { ...store, swap: () => Promise.resolve(false) };
    const failing = codeOf(
      change('shop', [{ kind: 'weight', weight: 1 }], { store: restless, clock, log: quietLog() }),
    );
    for (let turn = 0; turn < 40; turn += 1) await clock.advance(100);
    expect(await failing).to.equal('traffic-contended');
  });

  it('refuses what is no weight and no instance, before it asks the store', async () => {
    store.down();
    expect(await codeOf(change('shop', [{ kind: 'weight', weight: 101 }], ports()))).to.equal(
      'traffic-value',
    );
    expect(await codeOf(change('shop', [{ kind: 'weight', weight: 1.25 }], ports()))).to.equal(
      'traffic-value',
    );
    const instance = '$(reboot)';
    const drain = change('shop', [{ kind: 'drain', instance, note: { since: 1, by: 'x' } }], ports());
    expect(await codeOf(drain)).to.equal('traffic-value');
  });

  it('leaves a record alone that is not one of ours', async () => {
    await store.set(key, '{"weight":');
    expect(await codeOf(change('shop', [{ kind: 'weight', weight: 1 }], ports()))).to.equal('store-record');
    expect(await codeOf(read('shop', store))).to.equal('store-record');
    expect(store.dump()[key]).to.equal('{"weight":');
  });

  it('says so when the store is away', async () => {
    store.down();
    expect(await codeOf(change('shop', [{ kind: 'weight', weight: 1 }], ports()))).to.equal(
      'store-unreachable',
    );
  });
});

describe('pushing what a router knows', () => {
  const clock = fakeClock();
  let store: FakeStore;
  beforeEach(() => (store = fakeStore(clock)));
  const ports = () => ({ store, clock, log: quietLog() });

  it('a guess becomes the history only where there is none', async () => {
    const guess = { ...initial(33, 0), version: 0 };
    const first = await push('shop', guess, ports());
    expect([first.epoch, first.version, first.weight]).to.deep.equal([clock.now(), 1, 33]);
    await change('shop', [{ kind: 'weight', weight: 5 }], ports());
    expect((await push('shop', guess, ports())).weight).to.equal(5);
  });

  it('writes nothing when the store knows it all', async () => {
    const state = await change('shop', [{ kind: 'weight', weight: 5 }], ports());
    store.readOnly(true);
    expect(toText(await push('shop', state, ports()))).to.equal(toText(state));
  });

  it('an alert that was taken while the store was away arrives, with a version of its own', async () => {
    const known = await change('shop', [{ kind: 'weight', weight: 5 }], ports());
    const local = alarmed(known, 'r1', alert);
    await change('shop', [{ kind: 'drain', instance: 'web-1', note: { since: 1, by: 'deploy' } }], ports());
    const both = await push('shop', local, ports());
    expect(both.alert).to.deep.equal(alert);
    expect([both.version, Object.keys(both.drained)], 'the drain is not lost').to.deep.equal([4, ['web-1']]);
    expect(JSON.parse(store.dump()[canaryPublic('shop')] ?? '{}')).to.include({ alert: true, weight: 0 });
  });

  it('brings back what a failover of the store has lost', async () => {
    const old = await change('shop', [{ kind: 'weight', weight: 5 }], ports());
    const newer = await change('shop', [{ kind: 'weight', weight: 50 }], ports());
    await store.set(key, toText(old));
    expect((await push('shop', newer, ports())).weight).to.equal(50);
    const text = store.dump()[key] ?? '';
    const parsed = parseState(text);
    expect(parsed.ok && parsed.value.weight).to.equal(50);
  });

  it('an older writer does not overwrite the public key', async () => {
    const older = await change('shop', [{ kind: 'weight', weight: 5 }], ports());
    const newer = await change('shop', [{ kind: 'weight', weight: 6 }], ports());
    await publish('shop', older, store);
    expect(store.dump()[canaryPublic('shop')]).to.equal(publicText(newer));
    await store.set(canaryPublic('shop'), 'garbage');
    await publish('shop', newer, store);
    expect(store.dump()[canaryPublic('shop')]).to.equal(publicText(newer));
  });
});
