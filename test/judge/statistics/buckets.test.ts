import { expect } from 'chai';
import fc from 'fast-check';
import { peek, type Analysis, type Peek } from '../../../src/judge/index.ts';
import { judged, newEngine } from '../../../src/judge/statistics/engine.ts';
import { errorMetric } from '../../../src/judge/statistics/metric.ts';
import { after, begun, grown, type Play } from '../setting.ts';

const stable = { requests: 67 };
const canary = { requests: 33 };
const rows = ({ analysis }: Play) => analysis.buckets.map((row) => row.join());
const engines = ({ errors, buckets }: Analysis) => ({ errors, buckets });
const look = (play: Play, over: Partial<Peek>): Play => {
  const next = { ...play.look, ...over };
  return { analysis: peek(play.analysis, next), look: next };
};

describe('buckets of an analysis', () => {
  it('hold what both arms did in the same ten seconds', () => {
    const play = after(
      after(begun(), 2, canary, stable),
      1,
      { requests: 30, errors: 3 },
      { requests: 60, errors: 1 },
    );
    expect(rows(play)).to.deep.equal(['33,0,67,0', '33,0,67,0', '30,3,60,1']);
    const metric = errorMetric(0.01);
    const engine = [
      { canary: { requests: 33, hits: 0 }, stable: { requests: 67, hits: 0 } },
      { canary: { requests: 33, hits: 0 }, stable: { requests: 67, hits: 0 } },
      { canary: { requests: 30, hits: 3 }, stable: { requests: 60, hits: 1 } },
    ].reduce((before, bucket) => judged(metric, before, bucket), newEngine(metric, { requests: 0, hits: 0 }));
    expect(play.analysis.errors).to.deep.equal(engine);
  });

  it('stay open until both arms had a request', () => {
    const waiting = after(begun(), 3, { requests: 0 }, stable);
    expect(rows(waiting)).to.deep.equal([]);
    expect(rows(after(waiting, 1, { requests: 1 }, stable))).to.deep.equal(['1,0,268,0']);
  });

  it('close a few milliseconds early, but not much', () => {
    const play = after(begun(), 1, canary, stable);
    const soon = { canary: grown(play.look.canary, canary), stable: grown(play.look.stable, stable) };
    expect(rows(look(play, { ...soon, at: play.look.at + 9990 }))).to.have.length(2);
    expect(rows(look(play, { ...soon, at: play.look.at + 9000 }))).to.have.length(1);
  });

  it('are not changed by looking more often (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9400 }), { maxLength: 5 }), (moments) => {
        const play = after(begun(), 4, { requests: 33, errors: 1 }, stable);
        let often = play;
        for (const moment of moments.sort((a, b) => a - b)) {
          const part = Math.floor(moment / 1000);
          often = look(often, {
            at: play.look.at + moment,
            canary: grown(play.look.canary, { requests: part }),
            stable: grown(play.look.stable, { requests: 2 * part }),
          });
        }
        const whole = {
          at: play.look.at + 10_000,
          canary: grown(play.look.canary, { requests: 33, errors: 2 }),
          stable: grown(play.look.stable, stable),
        };
        expect(engines(look(often, whole).analysis)).to.deep.equal(engines(look(play, whole).analysis));
      }),
    );
  });

  it('leave out what the canary did while it warmed up', () => {
    const cold = after(begun({ warmUpMs: 25_000 }), 3, { requests: 33, errors: 33 }, stable);
    expect(rows(cold)).to.deep.equal([]);
    expect(rows(after(cold, 1, canary, stable))).to.deep.equal(['33,0,67,0']);
  });

  const disturbed: [string, (play: Play) => Partial<Peek>, RegExp][] = [
    [
      'a counter went down',
      () => ({ stable: grown(begun().look.stable, { requests: 5 }) }),
      /counters of stable/,
    ],
    [
      'only errors went down',
      ({ look: last }) => ({
        canary: { ...last.canary, requests: last.canary.requests + 9, errors: 0, byClass: {} },
      }),
      /counters of canary/,
    ],
    ['another process counts', () => ({ sources: 'router-2' }), /counting process/],
    ['the clock was set back', ({ look: last }) => ({ at: last.at - 4000 }), /clock/],
    ['the caller says so', () => ({ drop: 'web-1 of stable has restarted' }), /web-1 of stable/],
  ];
  for (const [name, over, told] of disturbed)
    it(`are thrown away on both arms and told: ${name}`, () => {
      const before = after(begun({}, 1_000_000), 2, { requests: 33, errors: 1 }, stable);
      const next = {
        at: before.look.at + 5000,
        canary: grown(before.look.canary, { requests: 9, errors: 9 }),
        stable: grown(before.look.stable, { requests: 9 }),
      };
      const half = look(before, next);
      const dropped = look(half, { at: half.look.at + 5000, ...over(half) });
      expect(rows(dropped)).to.deep.equal(rows(before));
      expect(dropped.analysis.drops.count).to.equal(1);
      expect(dropped.analysis.drops.last).to.match(told);
      // From the new values on it goes on as ever.
      const on = after({ ...dropped, look: { ...dropped.look, drop: null } }, 1, canary, stable);
      expect(rows(on)).to.deep.equal([...rows(before), '33,0,67,0']);
    });

  it('are closed when the split changes, and never hold requests of two splits', () => {
    const before = after(begun(), 1, canary, stable);
    const half = look(before, {
      at: before.look.at + 4000,
      canary: grown(before.look.canary, { requests: 10 }),
      stable: grown(before.look.stable, { requests: 20 }),
    });
    // Some of these came with the old split, some with the new one.
    const changed = look(half, {
      at: half.look.at + 4000,
      split: 50,
      stage: 1,
      canary: grown(half.look.canary, { requests: 12, errors: 12 }),
      stable: grown(half.look.stable, { requests: 18 }),
    });
    expect(rows(changed)).to.deep.equal(['33,0,67,0', '10,0,20,0']);
    expect(changed.analysis.drops.count).to.equal(0);
    expect(changed.analysis.errors.stageBuckets).to.equal(0);
    expect(rows(after(changed, 1, { requests: 50 }, { requests: 50 })).at(-1)).to.equal('50,0,50,0');
  });

  it('lose nothing when one looks right before and right after the change', () => {
    const before = after(begun(), 3, canary, stable);
    const set = look(before, { split: 50, stage: 1 });
    expect(rows(after(set, 1, { requests: 50 }, { requests: 50 }))).to.deep.equal([
      ...rows(before),
      '50,0,50,0',
    ]);
  });

  it('close at the same moments whatever fails (property)', () => {
    const dose = fc.record({ requests: fc.integer({ min: 0, max: 5 }), bad: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.tuple(dose, dose), { minLength: 1, maxLength: 30 }), (doses) => {
        const requests = (bad: boolean) => {
          let play = begun();
          for (const [own, other] of doses)
            play = after(
              play,
              1,
              { requests: own.requests, errors: bad && own.bad ? own.requests : 0 },
              { requests: other.requests, errors: bad && other.bad ? other.requests : 0 },
            );
          return play.analysis.buckets.map(([canaryCount, , stableCount]) => [canaryCount, stableCount]);
        };
        expect(requests(true)).to.deep.equal(requests(false));
      }),
    );
  });

  it('refuse counters that cannot be right', () => {
    const odd: [Partial<Peek['canary']>, RegExp][] = [
      [{ requests: -1 }, /requests is -1/],
      [{ requests: Number.NaN }, /requests is NaN/],
      [{ requests: 3, errors: 4 }, /4 errors in 3 requests/],
      [{ requests: 3, errors: 1, timeouts: 2 }, /2 timeouts in 1 errors/],
      [{ requests: 1, latency: { first: 10, counts: [1, 1] } }, /2 response times of 1 requests/],
      [{ requests: 9, latency: { first: 10, counts: [-1] } }, /latency/],
    ];
    for (const [over, told] of odd) {
      const play = begun();
      expect(() => look(play, { canary: { ...play.look.canary, ...over } })).to.throw(told);
    }
  });
});
