/** Keeps this router's lease in the store: at once when something changed that a drain waits for, else at a third of its length. */
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { LEASE_MS, type RouterLease } from '../../traffic/index.ts';
import { routerLease, routerLeft } from '../../store-keys.ts';
import { every, WakeablePause, withTimeout } from '../../shared/time.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** Two writes are at least so far apart. */
const GAP_MS = 50;
const RENEW_MS = LEASE_MS / 3;

export interface LeaseKeeper {
  /** What the lease says has changed. */
  touch(): void;
  /** Gives the lease back. */
  stop(): Promise<void>;
}

/** Resolves when the lease has been written once, or could not be. */
export async function keepLease(
  app: string,
  store: Store,
  clock: Clock,
  log: Log,
  lease: () => RouterLease,
): Promise<LeaseKeeper> {
  const { id } = lease();
  const key = routerLease(app, id);
  const stopped = new AbortController();
  const nap = new WakeablePause();
  let failing = false;

  await write();
  const loop = keep();
  return {
    touch() {
      nap.wake();
    },
    async stop() {
      stopped.abort();
      await loop;
      try {
        // Said first: a lease that is gone without a word may have been lost by the store, and its router live.
        await withTimeout(store.set(routerLeft(app, id), '1', { ttlMs: 2 * LEASE_MS }), 1000);
        await withTimeout(store.remove(key), 1000);
      } catch (error) {
        // It runs out by itself.
        log.debug(`could not give the lease back: ${messageOf(error)}`);
      }
    },
  };

  async function keep(): Promise<void> {
    const next = async (): Promise<void> => {
      await nap.sleep(clock, RENEW_MS - GAP_MS, stopped.signal);
      if (!stopped.signal.aborted) await write();
    };
    await every(clock, GAP_MS, next, stopped.signal, GAP_MS);
  }

  async function write(): Promise<void> {
    try {
      await withTimeout(store.set(key, JSON.stringify(lease()), { ttlMs: LEASE_MS }), RENEW_MS);
      if (failing) log.info('the lease stands in the store again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn(`cannot write the lease to the store: ${messageOf(error)}`);
      failing = true;
    }
  }
}
