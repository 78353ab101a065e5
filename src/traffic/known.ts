/** The routers that one run has seen: a store that forgets a lease does not make its router dead. */
import type { Clock } from '../ports/ports.ts';
import { LEASE_MS, type RouterLease } from './routers.ts';

interface KnownRouters {
  /** The leases that were found, and those that have vanished before their time. */
  with(found: readonly RouterLease[]): RouterLease[];
  /** Routers that were seen and have no lease now. */
  missing(found: readonly RouterLease[]): readonly string[];
  /** This one has ended in good order. */
  forget(id: string): void;
  /** Whether a router was seen that follows a history: then the store must have a state. */
  readonly history: boolean;
}

export function knownRouters(clock: Clock): KnownRouters {
  const known = new Map<
    string,
    { readonly lease: RouterLease; readonly text: string; readonly until: number }
  >();
  let history = false;
  return {
    get history() {
      return history;
    },
    missing: (found) => [...known.keys()].filter((id) => !found.some((lease) => lease.id === id)),
    forget: (id) => void known.delete(id),
    with(found) {
      const now = clock.now();
      for (const lease of found) {
        const text = JSON.stringify(lease);
        // It was written before we saw it, so by then it would have run out by itself.
        if (known.get(lease.id)?.text !== text) known.set(lease.id, { lease, text, until: now + LEASE_MS });
        history ||= lease.epoch > 0;
      }
      const ids = new Set(found.map(({ id }) => id));
      const vanished = [...known.values()].filter(({ lease, until }) => !ids.has(lease.id) && until > now);
      return [...found, ...vanished.map(({ lease }) => lease)];
    },
  };
}
