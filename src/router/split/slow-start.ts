/** Slow start: an instance that is back gets a share of its arm that grows. Pure. */

/** The least share, so that it does get something to warm up with. */
const LEAST = 0.1;

/** What an instance gets of a full share, 0.1 to 1, so long after it came back. `overMs` 0: all of it. */
export function warmth(sinceMs: number, overMs: number): number {
  if (overMs <= 0 || sinceMs >= overMs) return 1;
  return Math.max(LEAST, sinceMs / overMs);
}

/**
 * Whether its turn is taken this time. `credit` gathers the share at each turn, and a whole one is spent: so of 100 turns
 * at a share of 0.3 it takes 30, evenly.
 */
export function taken(credit: number, share: number): { readonly takes: boolean; readonly credit: number } {
  const sum = credit + share;
  return sum >= 1 ? { takes: true, credit: sum - 1 } : { takes: false, credit: sum };
}
