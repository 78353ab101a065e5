/** What is known before a bucket is seen: stable's rate, and how many errors arrive as one. Pure. */
import type { Effective } from './factor.ts';

/** What was counted between two moments, both arms over the same time. */
export interface Bucket {
  readonly canary: Count;
  readonly stable: Count;
}
export interface Count {
  readonly requests: number;
  /** Failed, or slower than the limit. */
  readonly hits: number;
}

/** Sums over the closed buckets; a plain value. */
export interface Tally {
  readonly buckets: number;
  /** Stable's counts with each bucket discounted by its design effect, and what was known before the rollout. */
  readonly known: Count;
  readonly canary: Count;
  readonly stable: Count;
  /** Sums of the Pearson dispersion an arm. */
  readonly spread: Effective;
}

/** What stands for stable's rate when nothing is known: so many hits in so many requests. */
export interface Prior {
  readonly hits: number;
  readonly requests: number;
}

export interface KnownRates {
  readonly stableRate: number;
  /** Design effects, 1 or more. */
  readonly failEffect: number;
  readonly passEffect: number;
}

/** Buckets that the cautious design effects of the beginning weigh as much as. */
const PRIOR_BUCKETS = 20;
const FAIL_EFFECT = 3;
const PASS_EFFECT = 10;

const nothing: Count = { requests: 0, hits: 0 };

export const newTally = (known: Count = nothing): Tally => ({
  buckets: 0,
  known,
  canary: nothing,
  stable: nothing,
  spread: { canary: 0, stable: 0 },
});

export function knownOf({ buckets, known, spread }: Tally, prior: Prior): KnownRates {
  const effect = (sum: number, before: number): number =>
    Math.max(1, (sum + before * PRIOR_BUCKETS) / (buckets + PRIOR_BUCKETS));
  const rate = (known.hits + prior.hits) / (known.requests + prior.requests);
  return {
    stableRate: Math.min(Math.max(rate, 1e-4), 0.98),
    failEffect: effect(spread.stable, FAIL_EFFECT),
    passEffect: Math.max(effect(spread.stable, PASS_EFFECT), effect(spread.canary, PASS_EFFECT)),
  };
}

/** The tally after a bucket; `failEffect` as it was before it. */
export function counted(tally: Tally, bucket: Bucket, failEffect: number): Tally {
  const canary = plus(tally.canary, bucket.canary);
  const stable = plus(tally.stable, bucket.stable);
  return {
    buckets: tally.buckets + 1,
    known: plus(tally.known, bucket.stable, failEffect),
    canary,
    stable,
    spread: {
      canary: tally.spread.canary + dispersion(bucket.canary, canary),
      stable: tally.spread.stable + dispersion(bucket.stable, stable),
    },
  };
}

const plus = (sum: Count, more: Count, divisor = 1): Count => ({
  requests: sum.requests + more.requests / divisor,
  hits: sum.hits + more.hits / divisor,
});

function dispersion({ requests, hits }: Count, total: Count): number {
  const rate = (total.hits + 0.5) / (total.requests + 1);
  return (hits - requests * rate) ** 2 / (requests * rate * (1 - rate));
}
