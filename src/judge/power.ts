/** What an analysis can do with so much traffic: rollouts are played through the engine, with random numbers of a fixed seed. Pure. */
import { couldHaveSeen } from './could-have-seen.ts';
import { binomial, randomOf, type RandomDraw } from './statistics/draws.ts';
import { judged, logFail, logPass, logSum, newEngine, type Engine } from './statistics/engine.ts';
import { slowMetrics } from './statistics/latency.ts';
import { LEAST, PASS_LIMIT } from './margins.ts';
import { errorMetric, type JudgedMetric } from './statistics/metric.ts';
import { alphaOf, type AnalysisOptions } from './options.ts';
import type { Bucket } from './statistics/tally.ts';

export interface AssumedTraffic {
  /** Requests a second, both arms together. */
  readonly perSecond: number;
  /** The canary's part of them, 0 to 1. */
  readonly share: number;
  /** Stable's share of errors, 0 to 1. */
  readonly errorRate: number;
}

/** When the verdict comes, in the middle of the rollouts that were played; null: not within `LONGEST_MS`. */
export type Reached = { readonly requests: number; readonly ms: number } | null;

const LONGEST_MS = 7_200_000;
/** A median of so many is within a tenth or two, which is enough to plan with. */
const RUNS = 15;

/** Until a canary that fails by `increase` (0 to 1) more often is aborted. */
export function timeToAbort(options: AnalysisOptions, traffic: AssumedTraffic, increase: number): Reached {
  const metric = onlyFail(errorMetric(options.maxErrorRateIncrease));
  const limit = Math.log(1 / alphaOf(options));
  const rates = { stable: traffic.errorRate, canary: Math.min(1, traffic.errorRate + increase) };
  return reached(options, traffic, (random) => {
    let engine = newEngine(metric);
    return (requests) => {
      engine = judged(metric, engine, hitsOf(random, requests, rates));
      return logFail(engine) >= limit;
    };
  });
}

/** Until a canary whose answers take `factor` times as long is aborted. */
export function timeToAbortSlow(options: AnalysisOptions, traffic: AssumedTraffic, factor: number): Reached {
  const limit = Math.log(1 / alphaOf(options));
  return reached(options, traffic, (random) => {
    const bet = slowBets(random, options, factor);
    return (requests) => {
      const [p95, p50] = bet(requests);
      return logSum([logFail(p95), logFail(p50)]) - Math.log(2) >= limit;
    };
  });
}

/** Until a canary that is just like stable passes, by its errors alone or by its latency too. */
export function timeToPass(options: AnalysisOptions, traffic: AssumedTraffic, withLatency: boolean): Reached {
  const metric = { ...errorMetric(options.maxErrorRateIncrease), margins: [] };
  const rates = { stable: traffic.errorRate, canary: traffic.errorRate };
  return reached(options, traffic, (random) => {
    let engine = newEngine(metric);
    const bet = withLatency ? slowBets(random, options, 1) : null;
    return (requests) => {
      engine = judged(metric, engine, hitsOf(random, requests, rates));
      const slow = bet?.(requests) ?? [];
      return (
        engine.stageBuckets >= LEAST && [engine, ...slow].every((one) => logPass(one.pass) >= PASS_LIMIT)
      );
    };
  });
}

/** The smallest increase that would be seen at the end of each step, 0 to 1; null: not even the largest. */
export function seenAtEnd(
  options: AnalysisOptions,
  perSecond: number,
  errorRate: number,
  steps: readonly { readonly share: number; readonly ms: number }[],
): (number | null)[] {
  const buckets: Bucket[] = [];
  return steps.map(({ share, ms }, at) => {
    const left = at === 0 ? ms - options.warmUpMs : ms;
    // A bucket stays open until the canary has had a request.
    const perBucket = (perSecond * share * options.bucketMs) / 1000;
    const bucketMs = options.bucketMs * Math.max(1, Math.ceil(1 / Math.max(perBucket, 1e-9)));
    const all = (perSecond * bucketMs) / 1000;
    const count = (requests: number) => ({ requests, hits: requests * errorRate });
    for (let end = bucketMs; end <= left && share < 1; end += bucketMs)
      buckets.push({ canary: count(all * share), stable: count(all * (1 - share)) });
    return couldHaveSeen(errorMetric(options.maxErrorRateIncrease), buckets, alphaOf(options));
  });
}

interface Requests {
  readonly canary: number;
  readonly stable: number;
}

/** Plays `RUNS` rollouts, bucket by bucket, until each has its verdict. */
function reached(
  { bucketMs }: AnalysisOptions,
  traffic: AssumedTraffic,
  begin: (random: RandomDraw) => (requests: Requests) => boolean,
): Reached {
  const runs = Array.from({ length: RUNS }, (_, run) =>
    played(bucketMs, traffic, randomOf(20261121 + run), begin),
  );
  const found = runs.flatMap((run) => run ?? []).sort((a, b) => a.requests - b.requests);
  return found[Math.floor(RUNS / 2)] ?? null;
}

function played(
  bucketMs: number,
  { perSecond, share }: AssumedTraffic,
  random: RandomDraw,
  begin: (random: RandomDraw) => (requests: Requests) => boolean,
): Reached {
  const ended = begin(random);
  let [canary, stable, all] = [0, 0, 0];
  for (let ms = bucketMs; ms <= LONGEST_MS; ms += bucketMs) {
    const requests = Math.round((perSecond * ms) / 1000) - Math.round((perSecond * (ms - bucketMs)) / 1000);
    const own = binomial(random, requests, share);
    canary += own;
    stable += requests - own;
    all += own;
    if (canary < 1 || stable < 1) continue;
    if (ended({ canary, stable })) return { requests: all, ms };
    [canary, stable] = [0, 0];
  }
  return null;
}

const onlyFail = (metric: JudgedMetric): JudgedMetric => ({
  ...metric,
  guesses: { ...metric.guesses, pass: [] },
  margins: [],
});

function hitsOf(random: RandomDraw, { canary, stable }: Requests, rates: Requests): Bucket {
  return {
    canary: { requests: canary, hits: binomial(random, canary, rates.canary) },
    stable: { requests: stable, hits: binomial(random, stable, rates.stable) },
  };
}

/** Both bets on latency, for times that are spread as those of most services are (lognormal, sigma 1). */
function slowBets(
  random: RandomDraw,
  options: AnalysisOptions,
  factor: number,
): (requests: Requests) => [Engine, Engine] {
  const shift = Math.log(1 + (options.maxLatencyIncrease ?? 0)) - Math.log(factor);
  const rates = {
    p95: { stable: 0.05, canary: above(1.6449 + shift) },
    p50: { stable: 0.5, canary: above(shift) },
  };
  let engines: [Engine, Engine] = [newEngine(slowMetrics.p95), newEngine(slowMetrics.p50)];
  return (requests) => {
    engines = [
      judged(slowMetrics.p95, engines[0], hitsOf(random, requests, rates.p95)),
      judged(slowMetrics.p50, engines[1], hitsOf(random, requests, rates.p50)),
    ];
    return engines;
  };
}

/** The share of a normal distribution above so many deviations (Abramowitz and Stegun 26.2.17, to 1e-7). */
function above(deviations: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(deviations));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(deviations ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return deviations >= 0 ? tail : 1 - tail;
}
