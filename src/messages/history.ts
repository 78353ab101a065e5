/** Every message that has ended: when, to whom, by what, the provider's id and how. */
import type { Store, StreamEntry } from '../ports/ports.ts';
import { messageStream } from '../store-keys.operate.ts';
import type { DeliveryOutcome, OpenDelivery } from './slot.ts';

/** About so many are kept. */
export const KEEP = 10_000;
/** Whoever closes one a second time does it soon. */
const RECENT = 500;

export interface SentMessage extends Pick<OpenDelivery, 'id' | 'person' | 'by' | 'incident'> {
  readonly at: number;
  readonly outcome: DeliveryOutcome['is'];
  readonly providerId: string | null;
  readonly why: string | null;
}

export const historyFields = ({ id, person, by, level, incident, tries, outcome }: OpenDelivery) => ({
  id,
  person,
  by,
  level: String(level),
  tries: String(tries),
  incident: incident ?? '',
  at: String(outcome?.at ?? 0),
  outcome: outcome?.is ?? 'uncertain',
  providerId: outcome?.providerId ?? '',
  why: outcome?.why ?? '',
});

export const recentHistory = async (store: Store, app: string): Promise<StreamEntry['fields'][]> =>
  (await store.tail(messageStream(app), RECENT)).map(({ fields }) => fields);

/** Those since a time, newest first, each once. Throws what the store throws. */
export async function messageHistory(store: Store, app: string, since: number): Promise<SentMessage[]> {
  const found = new Map<string, SentMessage>();
  for (const entry of await store.tail(messageStream(app), 2 * KEEP)) {
    const one = sentMessage(entry);
    if (one !== null && one.at >= since && !found.has(one.id)) found.set(one.id, one);
  }
  return [...found.values()];
}

const outcomes: readonly DeliveryOutcome['is'][] = [
  'accepted',
  'delivered',
  'answered',
  'failed',
  'uncertain',
];

/** Null: nobody of ours has written it. */
function sentMessage({ fields }: StreamEntry): SentMessage | null {
  const { id, person, by, incident, at, providerId, why } = fields;
  const outcome = outcomes.find((word) => word === fields['outcome']);
  const time = Number(at);
  if (!id || !person || !by || outcome === undefined || !Number.isSafeInteger(time)) return null;
  return {
    id,
    person,
    by,
    incident: incident || null,
    at: time,
    outcome,
    providerId: providerId || null,
    why: why || null,
  };
}
