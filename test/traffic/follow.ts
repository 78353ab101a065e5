import { LEASE_MS, read, type RouterLease } from '../../src/traffic/index.ts';
import { routerLease } from '../../src/store-keys.ts';
import type { FakeStore } from '../fakes/store.ts';

/** A router as the handshake sees it: a lease that is rewritten by hand. */
export function routerOf(
  store: FakeStore,
  id: string,
  health: RouterLease['health'] = { 'web-1': 'healthy' },
) {
  return {
    async write(more: Partial<RouterLease> = {}): Promise<void> {
      const state = await read('shop', store);
      const lease: RouterLease = {
        id,
        epoch: state?.epoch ?? 0,
        version: state?.version ?? 0,
        drained: Object.keys(state?.drained ?? {}),
        inFlight: {},
        longLived: {},
        health,
        rates: {},
        at: 0,
        ...more,
      };
      await store.set(routerLease('shop', id), JSON.stringify(lease), { ttlMs: LEASE_MS });
    },
  };
}

type Ended<T> = { value?: T; error?: { code?: string; message: string } };

/** What work that goes on has come to so far. */
export function follow<T>(work: Promise<T>): Ended<T> {
  const ended: Ended<T> = {};
  work.then(
    (value) => (ended.value = value),
    (error: { code?: string; message: string }) => (ended.error = error),
  );
  return ended;
}
