/** What each router has counted of both arms, in the store for whoever judges a canary. */
import type { Store } from '../ports/ports.ts';
import { routerCounts } from '../store-keys.ts';
import { defineRecord, type Parsed } from '../record/record.ts';
import { count, is, object, since } from '../record/fields.ts';
import { name } from './record.ts';

/** So often a router writes it, in milliseconds. */
export const COUNTED_MS = 2000;
/** A record lives so long after its router wrote last: as long as its lease. */
const LIVES_MS = 3 * COUNTED_MS;

interface CountedBy {
  readonly id: string;
  /** How often the stable instances that take requests have changed: what was counted then is not to be compared. */
  readonly turns: number;
  /** Counts of an arm since the router began, as the judge reads them. */
  readonly stable: unknown;
  readonly canary: unknown;
  /** What the stable instances have done in the last ten minutes; null: an older router does not tell. */
  readonly before: unknown;
}

const anything = is<unknown>(() => true, '');
const countedRecord = defineRecord<CountedBy>({
  name: 'what a router has counted',
  schema: object({
    id: name,
    turns: count,
    stable: anything,
    canary: anything,
    before: since(anything, null),
  }),
  longest: 1_000_000,
});

export const tellCounted = (app: string, store: Store, counted: CountedBy): Promise<boolean> =>
  store.set(routerCounts(app, counted.id), countedRecord.format(counted), { ttlMs: LIVES_MS });

/** Of all routers that live, by their names; what is no such record is left out. */
export async function countedBy(app: string, store: Store): Promise<readonly CountedBy[]> {
  const keys = await store.list(routerCounts(app, ''));
  const texts = await Promise.all(keys.map((key) => store.get(key)));
  const parsed = texts.flatMap((text) => (text === null ? [] : [parseCounted(text)]));
  return parsed.flatMap((one) => (one.ok ? [one.value] : [])).sort((a, b) => (a.id < b.id ? -1 : 1));
}

const parseCounted = (text: string): Parsed<CountedBy> => countedRecord.parse(text);
