/** Is the canary slower? The engine on "slower than stable's p95", and on its p50; both bets share one capital. Pure. */
import type { CountsByArm, ArmCounts } from './counts.ts';
import { judged, logFail, logPass, logSum, newEngine, newStage, restarted, type Engine } from './engine.ts';
import { added, binAt, endOf, noTimes, quantileBin, slower, total, type Histogram } from './histogram.ts';
import { slowMetric } from './metric.ts';
import type { Bucket } from './tally.ts';

export interface Latency {
  /** Stable's times in closed buckets, and before the rollout; `beyond`: its timeouts. */
  readonly seen: Histogram;
  readonly beyond: number;
  readonly p95: Engine;
  readonly p50: Engine;
}

export const slowMetrics = { p95: slowMetric(0.95), p50: slowMetric(0.5) };
const quantiles = { p95: 0.95, p50: 0.5 } as const;
export type Quantile = keyof typeof quantiles;

/** Requests of stable without which nobody knows what slow is. */
export const NEEDED = 100;

/** `before`: what stable has answered before the rollout. */
export const newLatency = (before: ArmCounts | null): Latency => ({
  seen: before?.latency ?? noTimes,
  beyond: before?.timeouts ?? 0,
  p95: newEngine(slowMetrics.p95),
  p50: newEngine(slowMetrics.p50),
});

/** Response times of stable that are known. */
export const seenOf = ({ seen, beyond }: Latency): number => total(seen) + beyond;

/** After a closed bucket. `increase`: the canary may take so much longer, 0.2 for 20 %. */
export function timed(latency: Latency, counts: CountsByArm, increase: number): Latency {
  const { p95, p50 } = latency;
  const known = seenOf(latency) >= NEEDED;
  return {
    seen: added(latency.seen, counts.stable.latency),
    beyond: latency.beyond + counts.stable.timeouts,
    p95: known ? judged(slowMetrics.p95, p95, slowIn(latency, 'p95', counts, increase)) : p95,
    p50: known ? judged(slowMetrics.p50, p50, slowIn(latency, 'p50', counts, increase)) : p50,
  };
}

export const latencyRestarted = (latency: Latency): Latency => ({
  ...latency,
  p95: restarted(latency.p95),
  p50: restarted(latency.p50),
});

export const latencyStaged = (latency: Latency): Latency => ({
  ...latency,
  p95: newStage(slowMetrics.p95, latency.p95),
  p50: newStage(slowMetrics.p50, latency.p50),
});

export const logSlower = ({ p95, p50 }: Latency): number =>
  logSum([logFail(p95), logFail(p50)]) - Math.log(2);

/** A pass needs both: the smaller capital. */
export const logNotSlower = ({ p95, p50 }: Latency): number => Math.min(logPass(p95.pass), logPass(p50.pass));

/** From where on an answer is slow, as stable is known so far: milliseconds; Infinity when only a timeout is. */
export function slowFrom(latency: Latency, quantile: Quantile, factor: number): number {
  const bin = limitOf(latency, quantile);
  return bin === null ? Infinity : endOf(binAt(bin, factor));
}

/** Null: so many of stable's requests time out that nothing else is slow. */
function limitOf({ seen, beyond }: Latency, quantile: Quantile): number | null {
  const share = quantiles[quantile];
  return total(seen) < share * (total(seen) + beyond) ? null : quantileBin(seen, beyond, share);
}

/** What was known before the bucket draws the line, never the bucket itself. */
function slowIn(
  latency: Latency,
  quantile: Quantile,
  { stable, canary }: CountsByArm,
  increase: number,
): Bucket {
  const bin = limitOf(latency, quantile);
  return {
    stable: slowCount(stable, bin),
    canary: slowCount(canary, bin === null ? null : binAt(bin, 1 + increase)),
  };
}

const slowCount = ({ latency, timeouts }: ArmCounts, bin: number | null): Bucket['stable'] => ({
  requests: total(latency) + timeouts,
  hits: (bin === null ? 0 : slower(latency, bin)) + timeouts,
});
