import { CanopyError, fail } from '../../errors.ts';
import { nameOf, show, type Lease } from '../../lock/index.ts';
import type { Store } from '../../ports/ports.ts';
import { deployKey, trafficState } from '../../store-keys.ts';
import { journalAt } from './unfinished.ts';

/**
 * The store for a balancer: the traffic state changes in it only while no other run has taken over, be it at work or over by
 * now. Servers refuse a stale token by themselves; this is the same for the store. It is asked after the state was read and
 * before it is swapped: the state that a later run has changed is another one. A lock that nobody has taken since is no
 * hindrance, so that an instance is brought to its end. The swap throws `lock-lost`.
 */
export function fencedStore(
  store: Store,
  { app, environment }: { readonly app: string; readonly environment: string },
  lease: Pick<Lease, 'token'>,
): Store {
  const refuseStale = async (): Promise<void> => {
    const holder = await known(() => show({ app, environment }, store));
    const { journal } = await journalAt(deployKey(app, environment), store);
    const reason =
      holder !== null && holder.token > lease.token
        ? `${nameOf(holder)} has it now: ${holder.reason}`
        : journal !== null && journal.token > lease.token
          ? `the deploy ${journal.deploy} of ${journal.release} has been at work since`
          : null;
    if (reason !== null) throw fail('lock-lost', { environment, reason });
  };
  return {
    ...store,
    swap: async (key, ...words) => {
      if (key === trafficState(app)) await refuseStale();
      return store.swap(key, ...words);
    },
  };
}

/** Null also for a record that is not one of ours: it tells of nobody. */
async function known<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CanopyError && error.code === 'store-record') return null;
    throw error;
  }
}
