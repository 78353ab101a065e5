import { expect } from 'chai';
import fc from 'fast-check';
import { history } from '../../src/audit/index.ts';
import { recordingStore } from '../../src/drivers/recording.ts';
import { getFlag, listFlags, setFlag } from '../../src/flags/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';
import { thrown } from '../support/thrown.ts';
import { recorder } from '../support/recorder.ts';

const plain = 'flag:shop:checkout';
const rich = 'canopy:shop:flag:checkout';

function world() {
  const clock = fakeClock();
  const store = fakeStore(clock);
  const log = quietLog();
  const set = (state: string, by = 'shop #7', own: Store = store) =>
    setFlag(
      { app: 'shop', name: 'checkout', state, actor: { name: by, url: '' } },
      { store: own, clock, log },
    );
  return { clock, store, log, set };
}

describe('flags', () => {
  it('are 1 or 0 for every program, and more for us', async () => {
    const { store, clock, set, log } = world();
    expect(await set('on')).to.deep.equal({
      outcome: 'done',
      flag: { name: 'checkout', state: 'on', updated: clock.now(), by: 'shop #7', version: 1 },
      was: null,
    });
    expect(store.dump()[plain]).to.equal('1');
    await clock.advance(1000);
    expect((await set('off', 'anna')).was).to.equal('on');
    expect(store.dump()[plain]).to.equal('0');
    expect(await getFlag('shop', 'checkout', { store, clock, log })).to.deep.equal({
      name: 'checkout',
      state: 'off',
      updated: clock.now(),
      by: 'anna',
      version: 2,
      plain: '0',
    });
    expect(store.ttl(plain)).to.equal(null);
  });

  it('change nothing when they are so already', async () => {
    const { store, clock, set } = world();
    await set('on');
    const before = store.dump();
    await clock.advance(1000);
    expect((await set('true')).outcome).to.equal('unchanged');
    expect(store.dump()).to.deep.equal(before);
    expect((await history(store, 'shop', 10)).entries).to.have.length(2);
  });

  it('are audited before and after', async () => {
    const { store, set } = world();
    await set('on');
    const { entries } = await history(store, 'shop', 10);
    expect(entries.map(({ kind, action, target, outcome }) => [kind, action, target, outcome])).to.deep.equal(
      [
        ['outcome', 'flag set', 'checkout', 'done'],
        ['intent', 'flag set', 'checkout', null],
      ],
    );
    expect(entries[0]?.reasons).to.deep.equal(['absent -> on']);
  });

  it('are repaired by the next set when a crash came between the two keys', async () => {
    const { store, set, log, clock } = world();
    await set('off');
    const write = store.set;
    store.set = async (key, ...rest) => {
      if (key === plain) throw new Error('killed');
      return write(key, ...rest);
    };
    const error = await set('on').then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(String(error)).to.include('killed');
    store.set = write;
    expect(store.dump()[plain]).to.equal('0');
    expect((await getFlag('shop', 'checkout', { store, clock, log })).plain).to.equal('0');
    expect(log.lines.join('\n')).to.include('canopy flag set checkout on repairs it');
    expect((await history(store, 'shop', 1)).entries[0]?.outcome).to.equal('failed');
    const repaired = await set('on');
    expect([repaired.outcome, repaired.flag.version]).to.deep.equal(['done', 2]);
    expect(store.dump()[plain]).to.equal('1');
  });

  it('end with both keys the same, whoever sets at the same time (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('on', 'off'), { minLength: 2, maxLength: 4 }),
        async (scheduler, states) => {
          const { store, set } = world();
          const slow: Store = {
            ...store,
            get: (key) => scheduler.schedule(Promise.resolve()).then(() => store.get(key)),
            set: (...words) => scheduler.schedule(Promise.resolve()).then(() => store.set(...words)),
            swap: (...words) => scheduler.schedule(Promise.resolve()).then(() => store.swap(...words)),
          };
          const all = Promise.all(states.map((state, n) => set(state, `run ${n}`, slow)));
          await scheduler.waitFor(all);
          const record = JSON.parse(store.dump()[rich] ?? '') as { state: string; version: number };
          expect(store.dump()[plain]).to.equal(record.state === 'on' ? '1' : '0');
          const done = (await all).filter(({ outcome }) => outcome === 'done').length;
          expect(record.version).to.be.within(1, done);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('write nothing with a wrong name or state', async () => {
    const { store, set, clock, log } = world();
    expect((await thrown(set('yes'))).code).to.equal('flag-state');
    const asked = { app: 'shop', name: 'a*', state: 'on', actor: { name: 'x', url: '' } };
    expect((await thrown(setFlag(asked, { store, clock, log }))).code).to.equal('flag-name');
    expect(store.dump()).to.deep.equal({});
  });

  it('leave a record alone that is not one of ours', async () => {
    const { store, set } = world();
    await store.set(rich, '{"state":"$(reboot)"}');
    expect((await thrown(set('on'))).code).to.equal('store-record');
    expect(store.dump()).to.deep.equal({ [rich]: '{"state":"$(reboot)"}' });
  });

  it('fail when the store is away or takes no writes, and say which', async () => {
    const { store, set } = world();
    store.down();
    expect((await thrown(set('on'))).code).to.equal('store-unreachable');
    store.up();
    store.readOnly(true);
    expect((await thrown(set('on'))).code).to.equal('store-readonly');
    expect(store.dump()).to.deep.equal({});
  });

  it('give up when others never let go', async () => {
    const { store, set } = world();
    store.swap = async () => false;
    expect((await thrown(set('on'))).code).to.equal('flag-contended');
  });

  it('suggest a name that exists', async () => {
    const { store, set, clock, log } = world();
    await set('on');
    const error = await thrown(getFlag('shop', 'chekout', { store, clock, log }));
    expect([error.code, error.exit]).to.deep.equal(['flag-unknown', 1]);
    expect(error.message).to.include('did you mean checkout?');
  });

  it('are listed by name, without what is none of ours', async () => {
    const { store, set, clock, log } = world();
    const ports = { store, clock, log };
    await set('on');
    await setFlag({ app: 'shop', name: 'banner', state: '0', actor: { name: 'anna', url: '' } }, ports);
    await setFlag({ app: 'blog', name: 'other', state: '1', actor: { name: 'anna', url: '' } }, ports);
    await store.set('canopy:shop:flag:BAD\u001b[2J', '{}');
    await store.set('canopy:shop:flag:broken', 'x');
    const { flags, skipped } = await listFlags('shop', ports);
    expect(flags.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(['banner off', 'checkout on']);
    expect(skipped).to.have.length(2);
    expect(log.lines.join('\n')).not.to.include('\u001b');
  });

  it('are not touched by a dry run', async () => {
    const { store, set, log } = world();
    await set('off');
    const before = store.dump();
    const planned = await set('on', 'shop #7', recordingStore(store, recorder(log)));
    expect([planned.outcome, planned.flag.state]).to.deep.equal(['done', 'on']);
    expect(store.dump()).to.deep.equal(before);
    expect((await history(store, 'shop', 10)).entries).to.have.length(2);
  });
});
