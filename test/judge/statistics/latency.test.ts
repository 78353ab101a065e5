import { expect } from 'chai';
import { outcomeOf, verdictOf } from '../../../src/judge/index.ts';
import { randomOf, type RandomDraw } from '../../../src/judge/statistics/draws.ts';
import { judged, logFail, logPass, newEngine } from '../../../src/judge/statistics/engine.ts';
import { newLatency, slowFrom, slowMetrics, timed } from '../../../src/judge/statistics/latency.ts';
import { noCounts } from '../../../src/judge/statistics/counts.ts';
import { after, begun, grown, type Play } from '../setting.ts';

/** Lognormal times, sigma 1, so many milliseconds in the middle. */
const times = (random: RandomDraw, count: number, middle: number): number[] =>
  Array.from(
    { length: count },
    () => middle * Math.exp(Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())),
  );

function played(seed: number, buckets: number, slower: number): Play {
  const random = randomOf(seed);
  let play = begun({ maxLatencyIncrease: 0.2 });
  for (let at = 0; at < buckets && outcomeOf(play.analysis) !== 'fail'; at += 1)
    play = after(
      play,
      1,
      { requests: 33, times: times(random, 33, 20 * slower) },
      { requests: 67, times: times(random, 67, 20) },
    );
  return play;
}

describe('latency', () => {
  it('is judged by what stable did before the bucket, with the canary at its own limit', () => {
    const stable = grown(noCounts, { requests: 100, times: Array.from({ length: 100 }, (_, at) => at + 1) });
    const known = newLatency(stable);
    expect(slowFrom(known, 'p95', 1)).to.be.closeTo(95, 2);
    expect(slowFrom(known, 'p95', 1.2)).to.be.within(
      slowFrom(known, 'p95', 1) * 1.2,
      slowFrom(known, 'p95', 1) * 1.23,
    );
    const limit = slowFrom(known, 'p95', 1.2);
    const bucket = {
      canary: grown(noCounts, {
        requests: 10,
        errors: 1,
        timeouts: 1,
        times: [limit - 0.01, limit + 0.01, 1, 2, 3, 4, 5, 6, 7],
      }),
      stable: grown(noCounts, {
        requests: 20,
        errors: 4,
        times: [100, 200, ...Array.from({ length: 14 }, () => 5)],
      }),
    };
    // The timeout is slow, errors that came fast are left out.
    const engine = judged(slowMetrics.p95, newEngine(slowMetrics.p95), {
      canary: { requests: 10, hits: 2 },
      stable: { requests: 16, hits: 2 },
    });
    const judgedOnce = timed(known, bucket, 0.2);
    expect(logFail(judgedOnce.p95)).to.equal(logFail(engine));
    expect(logPass(judgedOnce.p95.pass)).to.equal(logPass(engine.pass));
  });

  it('waits for 100 requests of stable', () => {
    const one = after(
      begun({ maxLatencyIncrease: 0.2 }),
      3,
      { requests: 9, times: [5] },
      { requests: 20, times: [5] },
    );
    expect(verdictOf(one.analysis).reasons).to.include(
      'stable has answered 3 of the 100 requests that latency is judged by',
    );
  });

  it('aborts a canary that takes twice as long, and not one that takes a fifth more', () => {
    const seed = Date.now() % 2 ** 31;
    const slow = played(seed, 60, 2);
    expect(slow.analysis.failed?.metric, `seed ${seed}`).to.equal('latency');
    const { sentence, reasons } = verdictOf(slow.analysis);
    expect(sentence).to.match(
      /^fail after \d+ canary requests: \d+ of \d+ canary answers took over \d+ ms, /,
    );
    expect(reasons[0]).to.equal('latency: more than 20 % (maxLatencyIncrease) slower than stable');
    expect(outcomeOf(played(seed, 60, 1.2).analysis), `seed ${seed}`).to.equal('inconclusive');
  });

  it('does not take fast errors for fast answers', () => {
    const slow = { requests: 40, errors: 20, times: Array.from({ length: 20 }, () => 200) };
    const play = after(begun({ maxLatencyIncrease: 0.2, maxErrorRateIncrease: 0.5 }), 12, slow, {
      requests: 60,
      times: Array.from({ length: 60 }, (_, at) => 10 + at),
    });
    expect(play.analysis.failed?.metric).to.equal('latency');
  });

  it('counts a canary that answers nothing in time as slow', () => {
    const dose = { requests: 20, errors: 20, timeouts: 20 };
    const play = after(begun({ maxLatencyIncrease: 0.2, maxErrorRateIncrease: 0.5 }), 12, dose, {
      requests: 60,
      times: Array.from({ length: 60 }, (_, at) => 10 + at),
    });
    expect(outcomeOf(play.analysis)).to.equal('fail');
  });

  it('is not judged when it is off, and leaves all of the confidence to the errors', () => {
    const play = after(begun(), 52, { requests: 33 }, { requests: 67 });
    const judgement = verdictOf(play.analysis);
    expect(judgement).to.include({ outcome: 'pass', latency: null });
    expect(judgement.errors.failLimit).to.be.closeTo(Math.log(100), 1e-9);
    const both = verdictOf(
      after(begun({ maxLatencyIncrease: 0.2 }), 52, { requests: 33 }, { requests: 67 }).analysis,
    );
    expect(both.errors.failLimit).to.be.closeTo(Math.log(200), 1e-9);
    expect(both.outcome).to.equal('inconclusive');
  });
});
