/** The routers that are alive: each holds a lease in the store and tells there what it has applied. */
import type { Store } from '../ports/ports.ts';
import { routerLeases } from '../store-keys.ts';
import { defineRecord, type Parsed } from '../record/record.ts';
import { amount, count, list, nullable, object, oneOf, since, time } from '../record/fields.ts';
import { healths, type Health } from './health.ts';
import { byMember, name, place } from './record.ts';

/** A lease lives so long, in milliseconds, after its router was last heard of. */
export const LEASE_MS = 5000;

export interface RouterLease {
  readonly id: string;
  /** The state that the router has applied. */
  readonly epoch: number;
  readonly version: number;
  /** Instances that the router gives no new request, as it applied them. */
  readonly drained: readonly string[];
  /** Requests in flight, an instance. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Of them tunnels and event streams: they have a window of their own. */
  readonly longLived: Readonly<Record<string, number>>;
  /** Every instance that the router knows. */
  readonly health: Readonly<Record<string, Health>>;
  /** Requests a second in the last minute, an instance; null: an older router does not tell. */
  readonly rates: Readonly<Record<string, number>> | null;
  /** Milliseconds since the epoch, by the router's clock. */
  readonly at: number;
}

interface LiveRouters {
  readonly leases: readonly RouterLease[];
  /** Records that are no leases, with what is wrong with each. */
  readonly strange: readonly string[];
}

/** The leases that stand now. */
export async function liveRouters(app: string, store: Store): Promise<LiveRouters> {
  return leasesAt(await store.list(routerLeases(app)), store);
}

/** The leases that stand now at these keys. */
export async function leasesAt(keys: readonly string[], store: Store): Promise<LiveRouters> {
  const texts = await Promise.all(keys.map((key) => store.get(key)));
  const leases: RouterLease[] = [];
  const strange: string[] = [];
  texts.forEach((text, index) => {
    if (text === null) return;
    const parsed = parseLease(text);
    if (parsed.ok) leases.push(parsed.value);
    else strange.push(`${keys[index] ?? ''}: ${parsed.reason}`);
  });
  return { leases, strange };
}

const counts = byMember(count);

export const leaseRecord = defineRecord<RouterLease>({
  name: 'the lease of a router',
  schema: object({
    id: name,
    ...place,
    drained: list(name, 10_000),
    inFlight: counts,
    // An older router does not tell them apart: then all of them are waited for as requests.
    longLived: since(counts, {}),
    health: byMember(oneOf(healths)),
    rates: since(nullable(byMember(amount)), null),
    at: time,
  }),
  longest: 1_000_000,
});

/** A lease, or what is wrong with the text. */
export const parseLease = (text: string): Parsed<RouterLease> => leaseRecord.parse(text);
