import { expect } from 'chai';
import {
  parseAnalysis,
  parseCounts,
  peek,
  verdictOf,
  type Analysis,
  type Peek,
} from '../../src/judge/index.ts';
import { binomial, randomOf } from '../../src/judge/draws.ts';
import { begun, grown } from './setting.ts';

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

const written = (analysis: Analysis): Analysis => parseAnalysis(JSON.stringify(analysis));

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
    ['no object', () => [1], /the analysis is no object/],
    [
      'a sum that is no number',
      (it) => ({ ...it, errors: { ...(it['errors'] as object), fail: [1, 2, 3, 4, null] } }),
      /errors.fail is no number/,
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
      /before.requests is below 0/,
    ],
    [
      'a metric that nobody knows',
      (it) => ({ ...it, failed: { metric: 'x', at: 1 } }),
      /failed.metric is unknown/,
    ],
    ['rows of another length', (it) => ({ ...it, buckets: [[1, 2]] }), /buckets has a wrong length/],
    [
      'options out of range',
      (it) => ({ ...it, options: { ...(it['options'] as object), confidence: 1 } }),
      /confidence 1/,
    ],
  ];
  for (const [name, change, told] of broken)
    it(`is refused with where it is wrong: ${name}`, () => {
      const { analysis } = begun({ maxLatencyIncrease: 0.2 });
      const value = JSON.parse(JSON.stringify(analysis)) as Record<string, unknown>;
      expect(() => parseAnalysis(JSON.stringify(change(value)))).to.throw(told);
    });

  it('is refused when it is no JSON', () => {
    expect(() => parseAnalysis('{')).to.throw('it is no JSON');
  });
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
