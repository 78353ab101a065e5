/** What a router's admin port says of the split, read like a stranger's input. Pure. */
export interface Observed {
  /** Requests that were split since the share last changed. */
  readonly requests: number;
  /** Percent of them that the canary got. */
  readonly share: number;
}

/** Null when something else listens there, or nothing was counted yet: no figure is better than a wrong one. */
export function parseObserved(text: string): Observed | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // No JSON, no router.
    return null;
  }
  const found = (value as { observed?: unknown } | null)?.observed;
  if (found === null || typeof found !== 'object') return null;
  const { requests, share } = found as { requests?: unknown; share?: unknown };
  const counted = typeof requests === 'number' && Number.isSafeInteger(requests) && requests > 0;
  if (!counted || typeof share !== 'number' || !(share >= 0 && share <= 100)) return null;
  return { requests, share };
}
