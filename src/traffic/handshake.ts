/** The balancer over the store: says what is to happen, then waits until every live router has said that it did. */
import type { Balancer, Clock, Log, Store } from '../ports.ts';
import { fail } from '../errors.ts';
import type { Change } from './change.ts';
import { drainProgress, lateRouters, readyProgress, type Progress, type Version } from './decide.ts';
import { routerLeases } from '../store-keys.ts';
import { leasesAt, type RouterLease } from './routers.ts';
import { change, read } from './run.ts';
import type { TrafficState } from './state.ts';

const POLL_MS = 40;
/** Looking for new routers walks through all keys of the store, so it is done less often. */
const LIST_MS = 500;

export interface BalancerSetup {
  readonly app: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Who drains: stands in the state. */
  readonly by?: string;
  /** Percent that a first state begins with, when the store has none. */
  readonly weight?: number;
}

/** Takes instances out of the traffic of the embedded routers and puts them back. */
export function storeBalancer(setup: BalancerSetup): Balancer {
  const { app, store, clock, log } = setup;
  const change1 = (one: Change): Promise<TrafficState> =>
    change(app, [one], { store, clock }, setup.weight ?? 0);

  return {
    async check() {
      if ((await leases()).length === 0) throw fail('router-none', { app });
    },

    async drained() {
      return Object.keys((await read(app, store))?.drained ?? {});
    },

    async drain(instance, timeoutMs) {
      const drain: Change = {
        kind: 'drain',
        instance,
        note: { since: clock.now(), by: setup.by ?? 'deploy' },
      };
      if ((await leases()).length === 0) throw fail('router-none', { app });
      const holds = async (): Promise<Version> => {
        const state = await read(app, store);
        // Somebody else's state may have won: the drain is asked for until it stands.
        return state !== null && Object.hasOwn(state.drained, instance) ? state : change1(drain);
      };
      await change1(drain);
      const last = await until(instance, timeoutMs, holds, drainProgress);
      // Whoever was alive has died since: then nobody sends anything any more.
      if (last.kind === 'none') log.warn('no router is left; nothing is in flight', instance);
      if (last.kind === 'wait') log.warn(`not drained in time, waiting for ${last.on.join(', ')}`, instance);
      // A router that has not heard of it goes on sending: at least one request of each is lost.
      return { cut: last.kind === 'wait' ? last.inFlight + last.deaf : 0 };
    },

    async ready(instance, timeoutMs) {
      if ((await leases()).length === 0) {
        await change1({ kind: 'ready', instance });
        throw fail('router-none', { app });
      }
      const target = await change1({ kind: 'ready', instance });
      const last = await until(instance, timeoutMs, () => Promise.resolve(target), readyProgress);
      if (last.kind === 'done') return;
      if (last.kind === 'none') throw fail('router-none', { app });
      if (last.kind === 'stranger') {
        throw fail('router-unknown-instance', { instance, routers: last.routers.join(', ') });
      }
      throw fail('router-not-ready', {
        instance,
        seconds: String(timeoutMs / 1000),
        routers: last.on.join(', '),
      });
    },

    async settle(timeoutMs) {
      const deadline = clock.now() + timeoutMs;
      for (;;) {
        const state = await read(app, store);
        const late = state === null ? [] : lateRouters(await leases(), state);
        if (late.length === 0 || clock.now() >= deadline) return late;
        await clock.sleep(POLL_MS);
      }
    },
  };

  async function leases(keys?: readonly string[]): Promise<readonly RouterLease[]> {
    const found = await leasesAt(keys ?? (await store.list(routerLeases(app))), store);
    for (const one of found.strange) log.warn(`not a router's lease: ${one}`);
    return found.leases;
  }

  async function until(
    instance: string,
    timeoutMs: number,
    target: () => Promise<Version>,
    progress: (leases: readonly RouterLease[], target: Version, instance: string) => Progress,
  ): Promise<Progress> {
    const deadline = clock.now() + timeoutMs;
    let keys: readonly string[] = [];
    let listed = Number.NEGATIVE_INFINITY;
    for (;;) {
      const version = await target();
      // A router that starts after this has put its lease before it read the state, so it knows of the change.
      if (clock.now() - listed >= LIST_MS) {
        listed = clock.now();
        keys = await store.list(routerLeases(app));
      }
      const now = progress(await leases(keys), version, instance);
      if (now.kind === 'done' || now.kind === 'stranger' || clock.now() >= deadline) return now;
      if (now.kind === 'none' && progress === drainProgress) return now;
      await clock.sleep(POLL_MS);
    }
  }
}
