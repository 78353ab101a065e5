import type { Store } from '../../../src/ports/ports.ts';
import { acquire, type AcquireOptions, type Lease } from '../../../src/lock/index.ts';
import { fakeClock, type FakeClock } from '../../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../../fakes/store.ts';
import { quietLog } from '../quiet-log.ts';

export interface LockWorld {
  readonly clock: FakeClock;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof quietLog>;
  /** What was told as progress: `production: text`. */
  readonly progress: readonly string[];
  take(options?: Partial<AcquireOptions>, signal?: AbortSignal, store?: Store): Promise<Lease>;
}

/** A store, a clock and whoever wants a lock: leases of 30 s, no waiting. */
export function lockWorld(): LockWorld {
  const clock = fakeClock();
  const store = fakeStore(clock);
  const progress: string[] = [];
  const log = {
    ...quietLog(),
    progress: (about: string, text: string): void => void progress.push(`${about}: ${text}`),
  };
  let ids = 0;
  const random = { hex: (bytes: number) => String((ids += 1)).padStart(bytes * 2, '0') };
  return {
    clock,
    store,
    log,
    progress,
    take: (options = {}, signal, own = store) =>
      acquire(
        {
          app: 'shop',
          environments: ['production'],
          holder: 'shop #7',
          run: options.holder ?? 'shop #7',
          reason: 'deploy r1',
          url: 'http://jenkins/7/',
          leaseMs: 30_000,
          waitMs: 0,
          ...options,
        },
        { store: own, clock, random, log },
        signal,
      ),
  };
}
