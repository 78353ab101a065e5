import { expect } from 'chai';
import fc from 'fast-check';
import {
  analysisRecord,
  countsRecord,
  parseCounts,
  peek,
  noCounts,
  verdictOf,
  type Analysis,
  type Peek,
} from '../../src/judge/index.ts';
import { binomial, randomOf } from '../../src/judge/statistics/draws.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';
import { after, begun, grown } from './setting.ts';

/** Forty looks of a rollout with two stages, latency, a restart of a counter and late errors. */
function* looks(seed: number): Generator<Peek> {
  const random = randomOf(seed);
  const times = (count: number) => Array.from({ length: count }, () => 20 * Math.exp(2 * random() - 1));
  let { look } = begun();
  for (let at = 1; at <= 90; at += 1) {
    const requests = 20 + Math.floor(random() * 30);
    const errors = binomial(random, requests, at > 70 ? 0.06 : 0.01);
    const timeouts = Math.min(errors, at % 7 === 0 ? 1 : 0);
    look = {
      ...look,
      at: at * 10_000 + Math.floor(random() * 200),
      split: at < 40 ? 5 : 33,
      stage: at < 40 ? 0 : 1,
      sources: at < 20 ? 'a' : 'b',
      canary: grown(look.canary, { requests, errors, timeouts, times: times(requests - errors) }),
      stable: grown(look.stable, { requests: 90, errors: binomial(random, 90, 0.01), times: times(80) }),
    };
    yield look;
  }
}

const written = (analysis: Analysis): Analysis => {
  const parsed = analysisRecord.parse(analysisRecord.format(analysis));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
};

describe('an analysis that was written down', () => {
  const seed = Date.now() % 2 ** 31;
  it(`goes on as if nothing had happened (seed ${seed})`, () => {
    let kept = begun({ maxLatencyIncrease: 0.2, warmUpMs: 15_000 }).analysis;
    let parsed = kept;
    for (const look of looks(seed)) {
      kept = peek(kept, look);
      parsed = peek(written(parsed), look);
      expect(parsed).to.deep.equal(kept);
    }
    expect(kept.buckets.length).to.be.above(70);
    expect(kept.latency?.p95.tally.buckets).to.be.above(60);
    expect(verdictOf(written(kept))).to.deep.equal(verdictOf(kept));
  });

  it('is small', () => {
    let { analysis } = begun({ maxLatencyIncrease: 0.2 });
    for (const look of looks(1)) analysis = peek(analysis, look);
    expect(JSON.stringify(analysis).length).to.be.below(30_000);
  });

  const broken: [string, (it: Record<string, unknown>) => unknown, RegExp][] = [
    ['another version', (it) => ({ ...it, version: 2 }), /version is not 1/],
    ['no object', () => [1], /it is no object/],
    [
      'a sum that is no number',
      (it) => ({ ...it, errors: { ...(it['errors'] as object), fail: [1, 2, 3, 4, null] } }),
      /errors.fail are no numbers/,
    ],
    [
      'too few sums',
      (it) => ({ ...it, errors: { ...(it['errors'] as object), fail: [1] } }),
      /errors.fail has a wrong length/,
    ],
    [
      'an unknown bin',
      (it) => ({ ...it, latency: { ...(it['latency'] as object), seen: { first: 1407, counts: [1, 1] } } }),
      /latency.seen has unknown bins/,
    ],
    [
      'counts below nothing',
      (it) => ({ ...it, before: { requests: -1, hits: 0 } }),
      /before.requests is no number from 0 on/,
    ],
    [
      'a metric that nobody knows',
      (it) => ({ ...it, failed: { metric: 'x', at: 1 } }),
      /failed.metric is none that we know/,
    ],
    ['rows of another length', (it) => ({ ...it, buckets: [[1, 2]] }), /buckets.0 is no row of four numbers/],
    [
      'options out of range',
      (it) => ({ ...it, options: { ...(it['options'] as object), confidence: 1 } }),
      /options has confidence 1, it may be/,
    ],
  ];
  for (const [name, change, told] of broken)
    it(`is refused with where it is wrong: ${name}`, () => {
      const { analysis } = begun({ maxLatencyIncrease: 0.2 });
      const value = JSON.parse(JSON.stringify(analysis)) as Record<string, unknown>;
      const parsed = analysisRecord.parse(JSON.stringify(change(value)));
      expect(parsed.ok ? '' : parsed.reason).to.match(told);
    });

  it('is refused when it is no JSON', () => {
    expect(analysisRecord.parse('{')).to.deep.equal({ ok: false, reason: 'it is no JSON' });
  });
});

describe('the records of the judge', () => {
  const count = fc.nat(1000);
  const times = fc.array(fc.nat(1500), { maxLength: 20 }).map((list) => list.map((ms) => ms / 10));
  const dose = fc.record({ requests: count, errors: count, timeouts: count, times }).map((one) => {
    const errors = Math.min(one.errors, one.requests);
    const answered = one.requests - errors;
    return { ...one, errors, timeouts: Math.min(one.timeouts, errors), times: one.times.slice(0, answered) };
  });
  const analysis = fc
    .tuple(fc.array(fc.tuple(dose, dose, words), { maxLength: 4 }), fc.constantFrom(0.2, null))
    .map(([doses, maxLatencyIncrease]) => {
      let play = begun({ maxLatencyIncrease });
      for (const [canary, stable, sources] of doses) play = after(play, 1, canary, stable, { sources });
      return play.analysis;
    });
  describe('of an analysis', () => lawsOf(analysisRecord, analysis, 100));
  describe('of an arm', () =>
    lawsOf(
      countsRecord,
      dose.map((one) => grown(noCounts, one)),
      100,
    ));
});

describe('counts as a router tells them', () => {
  it('are read back', () => {
    const counts = grown(begun().look.canary, { requests: 9, errors: 3, timeouts: 1, times: [1, 2, 1000] });
    expect(parseCounts(JSON.parse(JSON.stringify(counts)), 'canary')).to.deep.equal(counts);
  });

  for (const wrong of [
    null,
    3,
    {},
    { requests: '1' },
    { requests: 1, errors: 2, timeouts: 0, byClass: {}, latency: { first: 0, counts: [] } },
  ])
    it(`are refused: ${JSON.stringify(wrong)}`, () => {
      expect(() => parseCounts(wrong, 'canary')).to.throw(/the counters of canary cannot be right/);
    });
});
