import { acquire, type Lease } from '../../lock/index.ts';
import { environmentOf, type Setting } from './setting.ts';

/** Runs under the lease of the environment, and frees it whatever happens. */
export function underLease<T>(
  setting: Setting,
  reason: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  return setting.lease ? work(setting.lease) : underLeases(setting, [setting.environment], reason, work);
}

/** The same for several environments under one token. The shortest lease and the shortest wait of them hold. */
export async function underLeases<T>(
  setting: Omit<Setting, 'environment' | 'only'>,
  environments: readonly string[],
  reason: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { config, open, actor, log, signal, queue } = setting;
  const locks = environments.map((name) => environmentOf(config, name).lock);
  const lease = await acquire(
    {
      app: config.app,
      environments,
      holder: actor.name,
      run: actor.run ?? '',
      reason,
      url: actor.url,
      leaseMs: Math.min(...locks.map((lock) => lock.leaseMs)),
      waitMs: Math.max(queue?.waitMs ?? 0, Math.min(...locks.map((lock) => lock.waitMs))),
      turn: queue?.turn ?? null,
    },
    { store: await open.store(), clock: open.timer, random: open.random, log },
    signal,
  );
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
