/** Whether the conditions of a rule hold for what was measured. Pure. */
import type { SampledMetric, Sample } from './readings.ts';

/** `cpu > 90%`; `down` is `down > 0`. */
interface Comparison {
  readonly metric: SampledMetric;
  readonly op: '>' | '>=' | '<' | '<=';
  readonly value: number;
}
/** Above the one or below the other; null: there is no such limit. */
interface LimitCondition {
  readonly metric: SampledMetric;
  readonly max: number | null;
  readonly min: number | null;
}
export type Condition = Comparison | LimitCondition;

const comparisons: Readonly<Record<Comparison['op'], (value: number, limit: number) => boolean>> = {
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
};

/** All of them; null when that is not known: one that surely does not hold decides. */
export function judge(
  conditions: readonly Condition[],
  sampleOf: (metric: SampledMetric) => Sample | null,
): boolean | null {
  const found = conditions.map((one) => {
    const is = sampleOf(one.metric)?.value ?? null;
    return is === null ? null : holdsFor(one, is);
  });
  if (found.includes(false)) return false;
  return found.includes(null) ? null : true;
}

function holdsFor(condition: Condition, is: number): boolean {
  if ('op' in condition) return comparisons[condition.op](is, condition.value);
  const { max, min } = condition;
  return (max !== null && is > max) || (min !== null && is < min);
}
