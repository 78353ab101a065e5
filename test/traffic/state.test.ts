import { expect } from 'chai';
import fc from 'fast-check';
import { alarmed, apply, merge, rearmed } from '../../src/traffic/change.ts';
import { parseState, publicText, toText } from '../../src/traffic/record.ts';
import { initial, isOpen, shareOf, type TrafficState } from '../../src/traffic/state.ts';
import { switchedOn } from '../support/router/canary-on.ts';
import { oneChange, state } from './changes.ts';

const alert = (since: number, by = 'monitor'): { since: number; by: string; reason: string } => ({
  since,
  by,
  reason: 'errors',
});

const same = (a: TrafficState, b: TrafficState): void => {
  expect(toText(a)).to.equal(toText(b));
};

describe('traffic state', () => {
  it('merges commutatively, associatively and idempotently (property)', () => {
    fc.assert(
      fc.property(state, state, state, (a, b, c) => {
        same(merge(a, b), merge(b, a));
        same(merge(merge(a, b), c), merge(a, merge(b, c)));
        same(merge(a, a), a);
        same(merge(merge(a, b), b), merge(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from its text as it was (property)', () => {
    fc.assert(
      fc.property(state, (before) => {
        const parsed = parseState(toText(before));
        expect(parsed.ok).to.equal(true);
        if (parsed.ok) same(parsed.value, before);
      }),
    );
  });

  it('an alert survives every merge with states that have not seen it (property)', () => {
    fc.assert(
      fc.property(state, state, (mine, other) => {
        // `lone` is an actor that no other state knows.
        const alarm = alarmed(mine, 'lone', alert(5));
        expect(merge(alarm, other).alert, 'after a merge').to.not.equal(null);
        expect(merge(other, alarm).alert).to.not.equal(null);
        expect(merge(alarm, rearmed(other)).alert, 'a re-arm that did not know it').to.not.equal(null);
        expect(shareOf(merge(alarm, other))).to.equal(0);
      }),
    );
  });

  it('a re-arm by somebody who saw the alert wins against every older record (property)', () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const seen = merge(alarmed(a, 'lone', alert(5)), b);
        const after = rearmed(seen);
        expect(after.alert).to.equal(null);
        same(merge(after, seen), merge(seen, after));
        expect(merge(after, seen).alert).to.equal(null);
      }),
    );
  });

  it('an alert raised again elsewhere after a re-arm it did not see holds', () => {
    const first = alarmed(initial(33, 1), 'r1', alert(1));
    const rearmedInStore = rearmed(first);
    const again = alarmed(first, 'r1', alert(9));
    expect(again.alert, 'the same when repeated').to.deep.equal(first.alert);
    expect(merge(rearmedInStore, again).alert).to.not.equal(null);
  });

  it('every change that changes something raises the version by one, the others leave the very same state (property)', () => {
    fc.assert(
      fc.property(state, oneChange, (before, one) => {
        const after = apply(before, one);
        if (after === before) return;
        expect(after.version).to.equal(before.version + 1);
        expect(toText({ ...after, version: before.version })).to.not.equal(toText(before));
      }),
    );
  });

  it('of two states the higher epoch wins, then the higher version', () => {
    const old = apply(initial(10, 1), { kind: 'weight', weight: 20 }, { kind: 'weight', weight: 30 });
    const young = initial(50, 2);
    expect(merge(old, young).weight).to.equal(50);
    expect(merge(initial(10, 1), old).weight).to.equal(30);
  });

  it('of two equals it takes less canary and more instances out', () => {
    const base = initial(33, 1);
    const a = apply(base, { kind: 'weight', weight: 50 });
    const b = apply(base, { kind: 'drain', instance: 'web-1', note: { since: 1, by: 'deploy' } });
    const both = merge(a, b);
    expect([both.weight, Object.keys(both.drained)]).to.deep.equal([33, ['web-1']]);
  });

  it('gives the canary nothing while an alert or a revert holds, or without a canary', () => {
    const on = switchedOn(33, 1);
    expect(shareOf(on)).to.equal(33);
    expect(shareOf(apply(on, { kind: 'alert', actor: 'store', alert: alert(1) }))).to.equal(0);
    expect(shareOf(apply(on, { kind: 'revert', alert: alert(1) }))).to.equal(0);
    expect(shareOf(apply(on, { kind: 'enable', on: false }))).to.equal(0);
    expect(
      apply(on, { kind: 'alert', actor: 'store', alert: alert(1) }).weight,
      'the weight is remembered',
    ).to.equal(33);
  });

  it('a new rollout has its own salt and no history of relapses; a share and a promotion leave the salt', () => {
    const first = apply(initial(5, 1, 'cookie'), { kind: 'enable', on: true, salt: 'aa' });
    expect(first).to.include({ salt: 'aa', sticky: 'cookie', version: 2 });
    const again = apply(
      first,
      { kind: 'revert', alert: alert(1), relapses: 3 },
      { kind: 'resume', at: 9 },
      { kind: 'weight', weight: 33 },
    );
    expect(again).to.include({ salt: 'aa', relapses: 3, resumedAt: 9, reverted: null });
    expect(apply(again, { kind: 'resume' }), 'by a person').to.include({ relapses: 0, resumedAt: null });
    expect(apply(again, { kind: 'enable', on: true, salt: 'bb' })).to.include({ salt: 'bb', relapses: 0 });
    expect(apply(again, { kind: 'sticky', mode: 'none' }).sticky).to.equal('none');
  });

  it('begins without a canary: the first weight switches it on, also the one that it begins with', () => {
    const first = initial(33, 1);
    expect([first.enabled, first.weight, isOpen(first), shareOf(first)]).to.deep.equal([false, 33, false, 0]);
    for (const weight of [33, 20]) {
      const on = apply(first, { kind: 'weight', weight });
      expect([on.enabled, shareOf(on), on.version]).to.deep.equal([true, weight, 2]);
    }
    expect(shareOf(apply(first, { kind: 'enable', on: true, salt: 'aa' })), 'a start').to.equal(33);
  });

  it('a canary that was taken out is not put back by a weight, nor one whose first deploy has failed', () => {
    const out = [
      { kind: 'enable', on: false },
      { kind: 'weight', weight: 0 },
    ] as const;
    for (const before of [initial(33, 1), switchedOn(33, 1)]) {
      const after = apply(before, ...out, { kind: 'weight', weight: 20 });
      expect([after.enabled, after.weight, shareOf(after)]).to.deep.equal([false, 20, 0]);
    }
  });

  it('says to other programs what holds', () => {
    const words = { weight: 33, alert: false, epoch: 7, version: 1 };
    expect(JSON.parse(publicText(switchedOn(33, 7)))).to.deep.equal({ enabled: true, ...words });
    expect(JSON.parse(publicText(initial(33, 7)))).to.deep.equal({ ...words, enabled: false, weight: 0 });
    const alarm = apply(initial(33, 7), { kind: 'alert', actor: 'store', alert: alert(1) });
    expect(JSON.parse(publicText(alarm))).to.deep.include({ weight: 0, alert: true });
  });
});
