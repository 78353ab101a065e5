/** What all workers of a router did, from the first to the last. Pure. */
export interface ServiceSummary {
  /** Workers that have ended in good order. */
  readonly workers: number;
  /** Answers since the start, an instance. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that got no answer from any instance. */
  readonly failed: number;
  readonly version: number;
}

/** The sum with the last words of one more worker, read like a stranger's. */
export function addedSummary(sum: ServiceSummary | null, last: unknown): ServiceSummary {
  const before = sum ?? { workers: 0, requests: {}, failed: 0, version: 0 };
  if (typeof last !== 'object' || last === null) return before;
  const { requests, failed, version } = last as Record<string, unknown>;
  const all: Record<string, number> = { ...before.requests };
  if (typeof requests === 'object' && requests !== null)
    for (const [name, count] of Object.entries(requests)) all[name] = (all[name] ?? 0) + (Number(count) || 0);
  return {
    workers: before.workers + 1,
    requests: all,
    failed: before.failed + (Number(failed) || 0),
    version: Math.max(before.version, Number(version) || 0),
  };
}
