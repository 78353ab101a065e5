/**
 * One analysis of a canary, from its start to its verdict. It is a plain value: written down as JSON at any moment, it
 * goes on after a crash as if nothing had happened (`analysisRecord`). Pure.
 */
import { fail } from '../errors.ts';
import { taken, type Filling, type Peek } from './statistics/buckets.ts';
import { arms, oddityOf, type CountsByArm, type ArmCounts } from './statistics/counts.ts';
import { judged, logFail, newEngine, newStage, restarted, type Engine } from './statistics/engine.ts';
import {
  latencyRestarted,
  latencyStaged,
  logSlower,
  newLatency,
  timed,
  type Latency,
} from './statistics/latency.ts';
import { errorMetric } from './statistics/metric.ts';
import { alphaOf, checkOptions, type AnalysisOptions } from './options.ts';
import type { Bucket, Count } from './statistics/tally.ts';

export interface Analysis {
  readonly version: 1;
  readonly options: AnalysisOptions;
  readonly startedAt: number;
  /** Null: nobody has looked yet. */
  readonly filling: Filling | null;
  readonly errors: Engine;
  /** Null: not judged. */
  readonly latency: Latency | null;
  /** When capital was last staked anew. */
  readonly restartedAt: number;
  readonly before: Count;
  /** Closed buckets, the last `KEPT` of them: requests and errors of canary and stable. */
  readonly buckets: readonly BucketRow[];
  /** Requests in closed buckets by what came of them. */
  readonly byClass: Readonly<Record<keyof CountsByArm, Readonly<Record<string, number>>>>;
  readonly drops: { readonly count: number; readonly last: string | null };
  /** Latched: what has failed first. */
  readonly failed: { readonly metric: 'errors' | 'latency'; readonly at: number } | null;
}

export type BucketRow = readonly [canary: number, canaryErrors: number, stable: number, stableErrors: number];

const RESTART_MS = 600_000;
/** Twelve hours of buckets of ten seconds. */
const KEPT = 4320;

/**
 * An analysis before its first look. `at`: when the canary got its first traffic, milliseconds since the epoch; `before`:
 * what stable did before (some ten minutes), when it is known. Throws `analysis-option`, `analysis-counts`.
 */
export function newAnalysis(options: AnalysisOptions, at: number, before: ArmCounts | null = null): Analysis {
  checkOptions(options);
  if (before !== null) checkCounts('stable', before);
  const known = { requests: before?.requests ?? 0, hits: before?.errors ?? 0 };
  return {
    version: 1,
    options,
    startedAt: at,
    filling: null,
    errors: newEngine(metricOf(options), known),
    latency: options.maxLatencyIncrease === null ? null : newLatency(before),
    restartedAt: at,
    before: known,
    buckets: [],
    byClass: { stable: {}, canary: {} },
    drops: { count: 0, last: null },
    failed: null,
  };
}

/**
 * The analysis after one look at the cumulative counters. Looking more often changes nothing. Before the weight is
 * changed look once with the old split, and once after it with the new one: no traffic is left out then.
 * Throws `analysis-counts`.
 */
export function peek(analysis: Analysis, look: Peek): Analysis {
  for (const arm of arms) checkCounts(arm, look[arm]);
  const { options, startedAt } = analysis;
  const before = analysis.filling;
  const timing = { bucketMs: options.bucketMs, warmUntil: startedAt + options.warmUpMs };
  const { filling, closed, dropped } = taken(before, look, timing);
  let next: Analysis = { ...analysis, filling };
  if (dropped !== null) next = { ...next, drops: { count: next.drops.count + 1, last: dropped } };
  if (closed !== null) next = latched(withBucket(next, closed), look.at);
  if (before !== null && before.last.stage !== look.stage) next = staged(next, look.at);
  else if (look.at - next.restartedAt >= RESTART_MS) next = stakedAnew(next, look.at);
  return next;
}

export const metricOf = (options: AnalysisOptions) => errorMetric(options.maxErrorRateIncrease);

export const failLimit = (options: AnalysisOptions): number => Math.log(1 / alphaOf(options));

function withBucket(analysis: Analysis, counts: CountsByArm): Analysis {
  const { options, errors, latency } = analysis;
  const { stable, canary } = counts;
  const bucket: Bucket = {
    canary: { requests: canary.requests, hits: canary.errors },
    stable: { requests: stable.requests, hits: stable.errors },
  };
  const row: BucketRow = [canary.requests, canary.errors, stable.requests, stable.errors];
  return {
    ...analysis,
    errors: judged(metricOf(options), errors, bucket),
    latency: latency && timed(latency, counts, options.maxLatencyIncrease ?? 0),
    buckets: [...analysis.buckets.slice(1 - KEPT), row],
    byClass: {
      stable: summed(analysis.byClass.stable, stable.byClass),
      canary: summed(analysis.byClass.canary, canary.byClass),
    },
  };
}

function latched(analysis: Analysis, at: number): Analysis {
  const { options, errors, latency, failed } = analysis;
  if (failed !== null) return analysis;
  const limit = failLimit(options);
  if (logFail(errors) >= limit) return { ...analysis, failed: { metric: 'errors', at } };
  if (latency !== null && logSlower(latency) >= limit)
    return { ...analysis, failed: { metric: 'latency', at } };
  return analysis;
}

const staged = (analysis: Analysis, at: number): Analysis => ({
  ...analysis,
  errors: newStage(metricOf(analysis.options), analysis.errors),
  latency: analysis.latency && latencyStaged(analysis.latency),
  restartedAt: at,
});

const stakedAnew = (analysis: Analysis, at: number): Analysis => ({
  ...analysis,
  errors: restarted(analysis.errors),
  latency: analysis.latency && latencyRestarted(analysis.latency),
  restartedAt: at,
});

function checkCounts(arm: string, counts: ArmCounts): void {
  const reason = oddityOf(counts);
  if (reason !== null) throw fail('analysis-counts', { arm, reason });
}

const summed = (
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> => {
  const sum = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
};
