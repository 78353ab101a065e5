/** What a check means as measurements. Pure. */
import type { MetricName } from '../config/types.ts';
import type { ProbeResult } from './kinds/check.ts';
import type { TargetState } from './state.ts';

export interface ProbeSample {
  readonly metric: MetricName | `prometheus:${string}`;
  readonly target: string;
  /** Null: it could not be learnt. */
  readonly value: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly why?: string;
}

/** `down` is 1 or 0 by the hard state; times in milliseconds. A check that had no answer measured nothing else. */
export function samplesOf(
  target: string,
  result: ProbeResult,
  { state }: TargetState,
  at: number,
): ProbeSample[] {
  const { why, latencyMs, days, lagMs, ageMs } = result;
  const value = state === 'unknown' ? null : state === 'down' ? 1 : 0;
  const found: ProbeSample[] = [{ metric: 'down', target, value, at, why }];
  const others = { latency: latencyMs ?? undefined, days, lag: lagMs, age: ageMs } as const;
  for (const [metric, measured] of Object.entries(others) as [
    keyof typeof others,
    number | null | undefined,
  ][])
    if (measured !== undefined) found.push({ metric, target, value: measured, at });
  return found;
}
