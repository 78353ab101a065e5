/** Waits until the other routers have applied what this one has put into the store. */
import { lateRouters, leasesAt, read, type TrafficState } from '../../traffic/index.ts';
import type { Clock, Store } from '../../ports/ports.ts';
import { routerLeases } from '../../store-keys.ts';
import { until, withTimeout } from '../../shared/time.ts';

const POLL_MS = 20;

/**
 * Resolves with the routers that have not applied it after `limitMs`, or null when the store could not be asked. `holds`
 * tells whether a state of the store has it.
 */
export async function waitForPeers(
  app: string,
  store: Store,
  clock: Clock,
  holds: (state: TrafficState) => boolean,
  limitMs: number,
): Promise<readonly string[] | null> {
  const deadline = clock.now() + limitMs;
  const left = (): number => Math.max(1, deadline - clock.now());
  let late: readonly string[] | null = null;
  try {
    const keys = await withTimeout(store.list(routerLeases(app)), left());
    await until(clock, POLL_MS, async () => {
      const state = await withTimeout(read(app, store), left());
      if (state !== null && holds(state))
        late = lateRouters((await withTimeout(leasesAt(keys, store), left())).leases, state);
      return late?.length === 0 || clock.now() >= deadline ? true : undefined;
    });
    return late;
  } catch {
    // The store is away: nobody can be asked, and what is known is all there is.
    return late;
  }
}
