/** What one arm has counted: cumulative as it is read, or the difference of two readings. Plain values. Pure. */
import { added, grew, noTimes, since, total, type Histogram } from './histogram.ts';

export interface ArmCounts {
  readonly requests: number;
  /** Of them, what counts against the release: 5xx, connections that were reset, timeouts. */
  readonly errors: number;
  /** Of the errors, those that took too long: slower than anything. */
  readonly timeouts: number;
  /** Requests by what came of them (`2xx`, `4xx`, `5xx`, `reset`, `timeout` …): for the reasons, not judged. */
  readonly byClass: Readonly<Record<string, number>>;
  /** Times of the answers that are no errors. */
  readonly latency: Histogram;
}

/** Both arms, over the same time. */
export interface CountsByArm {
  readonly stable: ArmCounts;
  readonly canary: ArmCounts;
}

export const arms = ['stable', 'canary'] as const;

export const noCounts: ArmCounts = { requests: 0, errors: 0, timeouts: 0, byClass: {}, latency: noTimes };

/** The counts of several instances, or of several routers, as one. */
export const together = (list: readonly ArmCounts[]): ArmCounts => list.reduce(plusCounts, noCounts);

const plusCounts = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  timeouts: a.timeouts + b.timeouts,
  byClass: combined(a.byClass, b.byClass, 1),
  latency: added(a.latency, b.latency),
});

/** What was counted between two readings. */
export const between = (earlier: ArmCounts, later: ArmCounts): ArmCounts => ({
  requests: later.requests - earlier.requests,
  errors: later.errors - earlier.errors,
  timeouts: later.timeouts - earlier.timeouts,
  byClass: combined(later.byClass, earlier.byClass, -1),
  latency: since(earlier.latency, later.latency),
});

export const armsBetween = (earlier: CountsByArm, later: CountsByArm): CountsByArm => ({
  stable: between(earlier.stable, later.stable),
  canary: between(earlier.canary, later.canary),
});

/** The arm whose counters went down since: what counted there has restarted. Null: none did. */
export function wentBack(earlier: CountsByArm, later: CountsByArm): 'stable' | 'canary' | null {
  return arms.find((arm) => !hasGrown(earlier[arm], later[arm])) ?? null;
}

function hasGrown(earlier: ArmCounts, later: ArmCounts): boolean {
  const { requests, errors, timeouts, byClass } = later;
  return (
    requests >= earlier.requests &&
    errors >= earlier.errors &&
    timeouts >= earlier.timeouts &&
    Object.entries(earlier.byClass).every(([name, count]) => (byClass[name] ?? 0) >= count) &&
    grew(earlier.latency, later.latency)
  );
}

/** What cannot be right in counts; null: nothing. */
export function oddityOf(counts: ArmCounts): string | null {
  const numbers = [
    ['requests', counts.requests],
    ['errors', counts.errors],
    ['timeouts', counts.timeouts],
    ['latency.first', counts.latency.first],
    ...Object.entries(counts.byClass),
  ] as const;
  const odd = numbers.find(([, value]) => !isCount(value));
  if (odd !== undefined) return `${odd[0]} is ${odd[1]}`;
  if (!counts.latency.counts.every(isCount)) return 'latency has counts below 0';
  if (counts.errors > counts.requests) return `${counts.errors} errors in ${counts.requests} requests`;
  if (counts.timeouts > counts.errors) return `${counts.timeouts} timeouts in ${counts.errors} errors`;
  const timed = total(counts.latency);
  if (timed > counts.requests) return `${timed} response times of ${counts.requests} requests`;
  return null;
}

const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;

function combined(
  a: ArmCounts['byClass'],
  b: ArmCounts['byClass'],
  sign: 1 | -1,
): Readonly<Record<string, number>> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + sign * (b[name] ?? 0)]));
}
