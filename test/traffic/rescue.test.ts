import { expect } from 'chai';
import { canaryPublic, routerLease, trafficState, unreadableRecord } from '../../src/store-keys.ts';
import { apply, type Change } from '../../src/traffic/change.ts';
import { parseState, publicText } from '../../src/traffic/record.ts';
import { change, changeFrom, push } from '../../src/traffic/run.ts';
import { initial, type TrafficState } from '../../src/traffic/state.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { switchedOn } from '../support/router/canary-on.ts';
import { quietLog } from '../support/quiet-log.ts';
import { thrown } from '../support/thrown.ts';

const key = trafficState('shop');
const alert = { since: 5, by: 'ann', reason: 'slow' };
/** As an editor leaves it behind: half of it. */
const half = JSON.stringify({ ...switchedOn(50, 7), drained: { 'web-2': { since: 1, by: 'deploy' } } }).slice(
  0,
  -9,
);
/** One field is wrong, the others can be made out. */
const odd = JSON.stringify({
  ...switchedOn(50, 7),
  weight: 33.33,
  drained: { 'web-2': { since: 1, by: 'deploy' } },
  maintenance: alert,
});

describe('a traffic state that cannot be read', () => {
  const clock = fakeClock();
  let store: FakeStore;
  let log: ReturnType<typeof quietLog>;
  beforeEach(() => {
    store = fakeStore(clock);
    log = quietLog();
  });
  const ports = () => ({ store, clock, log });
  const stands = (): TrafficState => {
    const parsed = parseState(store.dump()[key] ?? '');
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.value;
  };
  const lease = (epoch: number, drained: readonly string[] = []): Promise<boolean> =>
    store.set(
      routerLease('shop', 'r1'),
      JSON.stringify({ id: 'r1', epoch, version: 9, drained, inFlight: {}, health: {}, at: 1 }),
    );

  const safe: [string, Change[]][] = [
    ['an alert', [{ kind: 'alert', actor: 'store', alert }]],
    ['no share', [{ kind: 'weight', weight: 0 }]],
    [
      'no canary',
      [
        { kind: 'enable', on: false },
        { kind: 'weight', weight: 0 },
      ],
    ],
  ];
  for (const [what, changes] of safe)
    it(`${what} is written over it, and what stood there is kept and told`, async () => {
      await store.set(key, half);
      const state = await change('shop', changes, ports());
      expect(stands()).to.deep.equal(state);
      expect([state.enabled, state.weight]).to.deep.equal([false, 0]);
      expect(store.dump()[unreadableRecord('shop', 'traffic')]).to.equal(half);
      expect(log.lines.join()).to.contain('canopy:shop:unreadable:traffic').and.contain('it is no JSON');
      expect(JSON.parse(store.dump()[canaryPublic('shop')] ?? '')).to.include({ enabled: false, weight: 0 });
      // A share comes back with the next start alone.
      const again = await change('shop', [{ kind: 'rearm' }, { kind: 'resume' }], ports());
      expect([again.alert, again.enabled]).to.deep.equal([null, false]);
    });

  const unsafe: [string, Change][] = [
    ['a share', { kind: 'weight', weight: 5 }],
    ['a canary', { kind: 'enable', on: true, salt: 'aa' }],
    ['a re-arm', { kind: 'rearm' }],
    ['the end of a revert', { kind: 'resume' }],
    ['a drain', { kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } }],
    ['a return', { kind: 'ready', instance: 'web-1' }],
    ['a way to stick', { kind: 'sticky', mode: 'cookie' }],
  ];
  for (const [what, one] of unsafe)
    it(`${what} is refused: nobody knows what it would be given to`, async () => {
      await store.set(key, half);
      const error = await thrown(change('shop', [one], ports()));
      expect([error.code, error.problems[0]?.hint]).to.deep.equal([
        'store-record',
        'look at it (redis-cli get canopy:shop:traffic); nothing in it was carried out; canopy canary abort writes a state without a canary over it and keeps this one aside',
      ]);
      const both = await thrown(change('shop', [{ kind: 'alert', actor: 'store', alert }, one], ports()));
      expect(both.code, 'also beside what is safe').to.equal('store-record');
      expect(store.dump()[key]).to.equal(half);
    });

  it('what is written is younger than what every router follows, and what the public key says', async () => {
    await store.set(key, half);
    await lease(clock.now() + 5000);
    await store.set(canaryPublic('shop'), publicText(initial(33, clock.now() + 9000)));
    const state = await change('shop', [{ kind: 'alert', actor: 'store', alert }], ports());
    expect(state.epoch).to.equal(clock.now() + 9001);
  });

  it('whoever is drained stays so, as the record and the routers say it; so does maintenance', async () => {
    await store.set(key, odd);
    await lease(3, ['web-9']);
    const state = await change('shop', [{ kind: 'alert', actor: 'store', alert }], ports());
    expect(Object.keys(state.drained).sort()).to.deep.equal(['web-2', 'web-9']);
    expect(state.maintenance).to.deep.equal(alert);
  });

  it('the words of an alert that an older version has left there as they were typed are read', async () => {
    const raw = { ...apply(switchedOn(50, 7), { kind: 'alert', actor: 'store', alert }), alert: null };
    const marks = { store: { ...raw.marks['store'], reason: 'checkout\nis slow' } };
    await store.set(key, JSON.stringify({ ...raw, marks }));
    const state = await change('shop', [{ kind: 'weight', weight: 50 }], ports());
    expect(state.alert).to.deep.equal({ ...alert, reason: 'checkout is slow' });
  });

  it('a router that holds an alert or a revert writes what it knows over it; any other leaves it', async () => {
    await store.set(key, half);
    const known = apply(switchedOn(50, 7), { kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } });
    expect((await thrown(push('shop', known, ports()))).code).to.equal('store-record');
    expect(store.dump()[key]).to.equal(half);
    const held = apply(known, { kind: 'alert', actor: 'r1', alert });
    const state = await push('shop', held, ports());
    expect([state.alert, state.weight, Object.keys(state.drained)]).to.deep.equal([alert, 50, ['web-1']]);
    expect(stands()).to.deep.equal(state);
  });

  it('what is ordered at a router goes on from what that router knows, when it is safe', async () => {
    const known = switchedOn(50, 7);
    for (const [one, weight] of [
      [{ kind: 'weight', weight: 0 }, 0],
      [{ kind: 'maintain', alert: null }, 50],
      [{ kind: 'revert', alert }, 50],
    ] as const) {
      await store.set(key, half);
      const state = await changeFrom(known, 'shop', one, ports());
      expect([state.enabled, state.weight, stands().weight], one.kind).to.deep.equal([true, weight, weight]);
    }
    await store.set(key, half);
    const more = changeFrom(known, 'shop', { kind: 'weight', weight: 60 }, ports());
    expect((await thrown(more)).code).to.equal('store-record');
  });
});
