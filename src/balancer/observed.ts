/** What HAProxy has given the canary since the share last changed: what was counted then is kept in the store. */
import { countedSince, type ArmServers, type CounterReading } from '../haproxy/index.ts';
import { isLine } from '../shared/text/line.ts';
import type { Store } from '../ports/ports.ts';
import { defineRecord, type Schema } from '../record/record.ts';
import { amount, byName, count, line, list, object } from '../record/fields.ts';
import { haproxyCounted } from '../store-keys.ts';

export interface ObservedShare {
  readonly requests: number;
  /** Percent of them that the canary got. */
  readonly share: number;
}

interface CounterBaseline {
  readonly share: number;
  readonly readings: readonly CounterReading[];
}

const counters: Schema<CounterReading['servers'][string]> = object({
  requests: amount,
  answers: object({
    ...{ '1xx': amount, '2xx': amount, '3xx': amount, '4xx': amount, '5xx': amount, other: amount },
  }),
  unconnected: amount,
  unanswered: amount,
  answerMs: amount,
});

export const countedRecord = defineRecord<CounterBaseline>({
  name: 'what HAProxy has counted',
  schema: object({
    share: amount,
    readings: list(
      object({
        host: line(1000),
        pid: count,
        servers: byName((name) => isLine(name, 1000), counters, 10_000),
      }),
      1000,
    ),
  }),
  longest: 10_000_000,
});

/** Begins to count anew when the share is another. */
export async function keepCounts(
  app: string,
  store: Store,
  share: number,
  readings: readonly CounterReading[],
): Promise<void> {
  if ((await keptCounts(app, store))?.share === share) return;
  await store.set(haproxyCounted(app), countedRecord.format({ share, readings }));
}

/** Null when nothing was kept, or nothing was counted since. */
export async function observedSince(
  app: string,
  store: Store,
  now: readonly CounterReading[],
  arms: ArmServers,
): Promise<ObservedShare | null> {
  const kept = await keptCounts(app, store);
  if (kept === null) return null;
  const { stable, canary } = countedSince(kept.readings, now, arms);
  const requests = stable.requests + canary.requests;
  return requests === 0 ? null : { requests, share: (100 * canary.requests) / requests };
}

/** A record that cannot be read tells nothing of how many there were: counting begins anew with the next share. */
async function keptCounts(app: string, store: Store): Promise<CounterBaseline | null> {
  const text = await store.get(haproxyCounted(app));
  const parsed = text === null ? null : countedRecord.parse(text);
  return parsed?.ok === true ? parsed.value : null;
}
