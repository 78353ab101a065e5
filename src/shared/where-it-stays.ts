/** For what has to stand in the store afterwards: a server that was replaced goes on saying OK until it has been told so. */
import { fail, isCanopyError } from '../errors/common.ts';
import type { Clock, Store } from '../ports/ports.ts';
import { until } from './time.ts';

/** A failover is followed so often, with so long between: ten seconds. */
const TRIES = 40;
const AGAIN_MS = 250;

const away = new Set(['store-unreachable', 'store-readonly']);

interface Following {
  readonly store: Pick<Store, 'isInCharge'>;
  readonly clock: Clock;
  /** Ends the waiting between two tries. */
  readonly stop?: AbortSignal;
}

/**
 * Does it, and does it again as long as the server that has taken it is not the one in charge. Whoever asks for it once must be
 * able to ask twice. Throws `store-replaced`, and what `work` throws.
 */
export async function whereItStays<T>(work: () => Promise<T>, { store, clock, stop }: Following): Promise<T> {
  let taken = false;
  let tries = 0;
  const look = async (): Promise<{ readonly value: T } | undefined> => {
    tries += 1;
    try {
      const value = await work();
      taken = true;
      if (await store.isInCharge()) return { value };
      if (tries >= TRIES) throw fail('store-replaced', {});
    } catch (error) {
      // A server has taken it that may be the wrong one, and the right one is not found yet.
      if (!taken || tries >= TRIES || !isCanopyError(error) || !away.has(error.code)) throw error;
    }
    return undefined;
  };
  return (await until(clock, AGAIN_MS, look, stop)).value;
}
