/** What HAProxy has given the canary since the share last changed: what was counted then is kept in the store. */
import { countedSince, type Arms, type Reading } from '../haproxy/index.ts';
import type { Store } from '../ports.ts';
import { haproxyCounted } from '../store-keys.ts';

export interface ObservedShare {
  readonly requests: number;
  /** Percent of them that the canary got. */
  readonly share: number;
}

interface Kept {
  readonly share: number;
  readonly readings: readonly Reading[];
}

/** Begins to count anew when the share is another. */
export async function keepCounts(
  app: string,
  store: Store,
  share: number,
  readings: readonly Reading[],
): Promise<void> {
  if ((await keptCounts(app, store))?.share === share) return;
  await store.set(haproxyCounted(app), JSON.stringify({ share, readings }));
}

/** Null when nothing was kept, or nothing was counted since. */
export async function observedSince(
  app: string,
  store: Store,
  now: readonly Reading[],
  arms: Arms,
): Promise<ObservedShare | null> {
  const kept = await keptCounts(app, store);
  if (kept === null) return null;
  const { stable, canary } = countedSince(kept.readings, now, arms);
  const requests = stable.requests + canary.requests;
  return requests === 0 ? null : { requests, share: (100 * canary.requests) / requests };
}

/** A record that is none of ours tells nothing: counting begins anew. */
async function keptCounts(app: string, store: Store): Promise<Kept | null> {
  const text = await store.get(haproxyCounted(app));
  if (text === null) return null;
  try {
    const { share, readings } = JSON.parse(text) as Partial<Kept>;
    return typeof share === 'number' && Array.isArray(readings) && readings.every(isReading)
      ? { share, readings }
      : null;
  } catch {
    // No JSON.
    return null;
  }
}

function isReading(value: unknown): value is Reading {
  const { host, pid, servers } = (value ?? {}) as Partial<Record<keyof Reading, unknown>>;
  const all = servers !== null && typeof servers === 'object' ? Object.values(servers) : [null];
  return typeof host === 'string' && typeof pid === 'number' && all.every(isCounters);
}

function isCounters(value: unknown): boolean {
  const { answers, ...more } = (value ?? {}) as { answers?: Record<string, unknown> };
  const { unconnected, unanswered } = more as Record<string, unknown>;
  const classes = ['1xx', '2xx', '3xx', '4xx', '5xx', 'other'].map((name) => answers?.[name]);
  return [unconnected, unanswered, ...classes].every((one) => typeof one === 'number' && one >= 0);
}
