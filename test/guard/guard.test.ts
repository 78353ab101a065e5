import { expect } from 'chai';
import {
  decide,
  Guard,
  pauseAll,
  unpauseAll,
  type ActFacts,
  type CapSet,
  type GuardedAct,
  type Refusal,
} from '../../src/guard/index.ts';
import { history } from '../../src/audit/index.ts';
import { fakeClock } from '../fakes/clock.ts';
import { fakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';
import { guardKey } from '../../src/store-keys.operate.ts';
import { thrown } from '../support/thrown.ts';

const act = (name: string, towardsStable = false, subject = 'web-1'): GuardedAct => ({
  act: name,
  subject,
  host: 'h1',
  towardsStable,
});

describe('whether something may act by itself', () => {
  const cases: readonly (readonly [string, GuardedAct, ActFacts, Refusal | null])[] = [
    ['nothing against it', act('command'), {}, null],
    ['paused', act('command'), { paused: true }, 'paused'],
    ['an alert acts while all is paused', act('alert', true), { paused: true }, null],
    ['a flag towards stable does not', act('flag', true), { paused: true }, 'paused'],
    ['a deploy there', act('command'), { deploying: true }, 'deploying'],
    [
      'towards stable a deploy holds nobody back',
      act('flag', true),
      { deploying: true, capped: true, breaker: true },
      null,
    ],
    ['the store is away', act('flag', true), { 'store-away': true }, 'store-away'],
    ['an alert needs no store', act('alert', true), { 'store-away': true }, null],
    ['blind', act('alert', true), { blind: true }, 'blind'],
    ['the first reason counts', act('command'), { capped: true, leashed: true, vetoed: true }, 'vetoed'],
    ['the last healthy one', act('doctor'), { 'last-healthy': true }, 'last-healthy'],
  ];
  for (const [what, one, facts, why] of cases) it(what, () => expect(decide(one, facts)).to.equal(why));
});

const caps: CapSet = {
  host: { most: 2, withinMs: 60_000 },
  hour: { most: 3, withinMs: 3_600_000 },
  fleet: { most: 4, withinMs: 600_000 },
};

describe('the guard', () => {
  const begin = () => {
    const clock = fakeClock();
    const store = fakeStore(clock);
    const log = quietLog();
    const actor = { name: 'watch', url: '' };
    const guard = () => new Guard('shop', actor, { store, clock, log });
    let done = 0;
    const go = (one: GuardedAct, changes = true, facts: ActFacts = {}) =>
      guard().act(one, facts, caps, async () => {
        done += 1;
        return changes;
      });
    return { clock, store, log, go, count: () => done };
  };

  it('performs, and tells before and after', async () => {
    const { store, go } = begin();
    expect(await go(act('command'))).to.deep.equal({ did: true, changed: true });
    const { entries } = await history(store, 'shop');
    expect(entries.map(({ kind, action, outcome }) => [kind, action, outcome ?? null])).to.deep.equal([
      ['outcome', 'command', 'done'],
      ['intent', 'command', null],
    ]);
  });

  it('counts for all watchers together: so many a host, an hour', async () => {
    const { clock, go, count } = begin();
    await go(act('command'));
    await go(act('command'));
    expect(await go(act('command'))).to.deep.equal({ did: false, why: 'capped' });
    await clock.advance(61_000);
    expect(await go(act('command'))).to.include({ did: true });
    await clock.advance(61_000);
    expect(await go(act('command')), 'three an hour').to.deep.equal({ did: false, why: 'capped' });
    expect(count()).to.equal(3);
  });

  it('two at once are two', async () => {
    const { go, count } = begin();
    const found = await Promise.all([1, 2, 3, 4, 5].map(() => go(act('command'))));
    expect(found.filter(({ did }) => did)).to.have.length(2);
    expect(count()).to.equal(2);
  });

  it('what changes nothing is done three times, and no more that day', async () => {
    const { clock, go, count } = begin();
    for (let day = 0; day < 5; day += 1) {
      await go(act('flag', true), false);
      await clock.advance(3_700_000);
    }
    expect(count()).to.equal(5, 'towards stable nothing is capped');
    for (let day = 0; day < 5; day += 1) {
      await go(act('scale'), false);
      await clock.advance(3_700_000);
    }
    expect(count()).to.equal(8);
  });

  it('pause stops it until unpauseAll, and tells who', async () => {
    const { store, clock, go, count } = begin();
    const ports = { store, clock, log: quietLog() };
    const ann = { name: 'ann', url: '' };
    const state = await pauseAll('shop', 'moving house', ann, ports);
    expect(state.paused).to.include({ by: 'ann', reason: 'moving house' });
    expect(await go(act('command'))).to.deep.equal({ did: false, why: 'paused' });
    expect(await go(act('alert', true))).to.include({ did: true });
    expect(await pauseAll('shop', 'again', ann, ports)).to.deep.include({ changed: false });
    expect(await unpauseAll('shop', 'done', ann, ports)).to.include({ by: 'ann' });
    expect(await unpauseAll('shop', 'done', ann, ports)).to.equal(null);
    expect(await go(act('command'))).to.include({ did: true });
    expect(count()).to.equal(2);
  });

  it('without the store nothing acts but an alert', async () => {
    const { store, go } = begin();
    store.down();
    expect(await go(act('flag', true))).to.deep.equal({ did: false, why: 'store-away' });
    expect(await go(act('alert', true))).to.include({ did: true });
  });

  it('a state that cannot be read is no permission', async () => {
    const { store, go, count } = begin();
    await store.set(guardKey('shop'), '{"paused":"no"}');
    expect(await go(act('command'))).to.deep.equal({ did: false, why: 'store-away' });
    expect(count()).to.equal(0);
    expect(
      (
        await thrown(
          pauseAll('shop', 'x', { name: 'ann', url: '' }, { store, clock: fakeClock(), log: quietLog() }),
        )
      ).code,
    ).to.equal('store-record');
  });
});
