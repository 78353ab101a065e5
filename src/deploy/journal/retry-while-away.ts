/**
 * A store that is away for a while must not stop a deploy in the middle of an instance: what it did not take is asked
 * again for as long as the lock is ours. Only what may be asked twice goes through here.
 */
import { CanopyError } from '../../errors.ts';
import type { Balancer, Clock, Log } from '../../ports/ports.ts';
import { retry } from '../../shared/time.ts';

export interface RetrySetup {
  /** Real time. */
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the lock is not ours any more: the end of all patience. */
  readonly lost: AbortSignal;
}

const againMs = 250;
/** So long after a store was away its routers may not have written their leases again, and so long a HAProxy may restart. */
const balancerMs = 7000;

const storeAway = new Set(['store-unreachable', 'store-readonly']);
const balancerAway = new Set(['router-none', 'haproxy-away']);

/** The result of `work`; what it throws when it is no matter of waiting, or when the lock is lost. */
export async function retryWhileAway<T>(
  work: () => Promise<T>,
  { clock, log, lost }: RetrySetup,
): Promise<T> {
  let told = false;
  let awayUntil: number | null = null;
  const pauseAfter = (error: unknown): number => {
    if (!(error instanceof CanopyError) || lost.aborted) throw error;
    if (storeAway.has(error.code)) awayUntil = null;
    else if (balancerAway.has(error.code)) awayUntil ??= clock.now() + balancerMs;
    else throw error;
    if (awayUntil !== null && clock.now() >= awayUntil) throw error;
    if (!told) log.warn(`trying again while the lock is ours: ${error.message}`);
    told = true;
    return againMs;
  };
  return retry(clock, work, pauseAfter, lost);
}

/** The balancer, outlasting the store. `check` fails at once: nothing has been touched by then. */
export function retryingBalancer(real: Balancer, patience: RetrySetup): Balancer {
  return {
    check: () => real.check(),
    drained: () => real.drained(),
    load: () => retryWhileAway(() => real.load(), patience),
    drain: (instance, timeoutMs) => retryWhileAway(() => real.drain(instance, timeoutMs), patience),
    ready: (instance, timeoutMs) => retryWhileAway(() => real.ready(instance, timeoutMs), patience),
    reconcile: () => retryWhileAway(() => real.reconcile(), patience),
    settle: (timeoutMs) => real.settle(timeoutMs),
  };
}
