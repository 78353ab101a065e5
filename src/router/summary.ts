/** What a router did, from its beginning to its end: one process, and all workers. Pure. */
import type { TrafficState } from '../traffic/index.ts';
import { answersOf, totalOf } from './fleet/counters.ts';
import type { Fleet } from './fleet/fleet.ts';
import { lookUp } from '../shared/look-up.ts';

export interface RouterSummary {
  readonly id: string;
  /** Answers since the start, an instance. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that got no answer from any instance. */
  readonly failed: number;
  readonly version: number;
}

export interface ServiceSummary {
  /** Workers that have ended in good order. */
  readonly workers: number;
  /** Answers since the start, an instance. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that got no answer from any instance. */
  readonly failed: number;
  readonly version: number;
}

export function summaryOf(id: string, fleet: Fleet, { version }: TrafficState): RouterSummary {
  const totals = fleet.members.map((member) => [member.name, answersOf(totalOf(member))] as const);
  const requests = Object.fromEntries(totals.map(([name, { answers }]) => [name, answers]));
  const failed = totals.reduce((total, [, one]) => total + one.failed, 0);
  return { id, requests, failed, version };
}

/** The sum with the last words of one more worker, read like a stranger's. */
export function addedSummary(soFar: ServiceSummary | null, last: unknown): ServiceSummary {
  const before = soFar ?? { workers: 0, requests: {}, failed: 0, version: 0 };
  if (typeof last !== 'object' || last === null) return before;
  const { requests, failed, version } = last as Record<string, unknown>;
  const all: Record<string, number> = { ...before.requests };
  if (typeof requests === 'object' && requests !== null)
    for (const [name, count] of Object.entries(requests))
      all[name] = (lookUp(all, name) ?? 0) + (Number(count) || 0);
  return {
    workers: before.workers + 1,
    requests: all,
    failed: before.failed + (Number(failed) || 0),
    version: Math.max(before.version, Number(version) || 0),
  };
}
