/** What a router's admin port says of the split, read like a stranger's input. Pure. */
import { isCount } from '../shared/count.ts';

export interface ObservedSplit {
  /** Requests that were split since the share last changed. */
  readonly requests: number;
  /** Percent of them that the canary got. */
  readonly share: number;
  /** What that share may be by chance, 95 %; null: an older router does not tell. */
  readonly bound: { readonly low: number; readonly high: number } | null;
  /** Requests beside them that a header has sent to their side. */
  readonly forced: number;
}

/** Null when something else listens there, or nothing was counted yet: no figure is better than a wrong one. */
export function parseObserved(text: string): ObservedSplit | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // No JSON, no router.
    return null;
  }
  const found = (value as { observed?: unknown } | null)?.observed;
  if (found === null || typeof found !== 'object') return null;
  const { requests, share, low, high, forced: told } = found as Record<string, unknown>;
  // An older router does not tell them.
  const forced = isCount(told) ? told : 0;
  if (!isCount(requests) || requests + forced === 0 || !isPercent(share)) return null;
  return { requests, share, bound: isPercent(low) && isPercent(high) ? { low, high } : null, forced };
}

const isPercent = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 100;
