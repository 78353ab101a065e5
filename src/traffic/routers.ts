/** The routers that are alive: each holds a lease in the store and tells there what it has applied. */
import type { Store } from '../ports.ts';
import { routerLeases } from '../store-keys.ts';
import { count, entries, named, parsing, type Parsed } from './parse.ts';

/** A lease lives so long, in milliseconds, after its router was last heard of. */
export const LEASE_MS = 5000;

export type Seen = 'unknown' | 'healthy' | 'unhealthy';

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
  readonly health: Readonly<Record<string, Seen>>;
  /** Requests a second in the last minute, an instance; null: an older router does not tell. */
  readonly rates: Readonly<Record<string, number>> | null;
  /** Milliseconds since the epoch, by the router's clock. */
  readonly at: number;
}

export interface LiveRouters {
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

/** A lease, or what is wrong with the text. */
export function parseLease(text: string): Parsed<RouterLease> {
  return parsing(text, (it) => ({
    id: named(String(it['id']), 'id'),
    epoch: count(it['epoch'], 'epoch'),
    version: count(it['version'], 'version'),
    drained: Object.keys(
      entries(Object.fromEntries(list(it['drained']).map((name) => [name, 0])), 'drained', count),
    ),
    inFlight: entries(it['inFlight'], 'inFlight', count),
    // An older router does not tell them apart: then all of them are waited for as requests.
    longLived: entries(it['longLived'] ?? {}, 'longLived', count),
    health: entries(it['health'], 'health', seen),
    rates: it['rates'] === undefined ? null : entries(it['rates'], 'rates', rate),
    at: count(it['at'], 'at'),
  }));
}

function list(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  throw new Error('drained is not a list');
}

function rate(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${where} is no rate`);
}

function seen(value: unknown, where: string): Seen {
  if (value === 'unknown' || value === 'healthy' || value === 'unhealthy') return value;
  throw new Error(`${where} is no health`);
}
