/** The balancer over the store: says what is to happen, then waits until every live router has said that it did. */
import type { Balancer, Clock, Log, Store } from '../ports/ports.ts';
import { fail } from '../errors.ts';
import type { Change } from './change.ts';
import { drainProgress, lateRouters, readyProgress, type DrainProgress, type Version } from './decide.ts';
import { routerLeases, routerLeft, trafficChannel } from '../store-keys.ts';
import { knownRouters } from './known.ts';
import { loadOf } from './load.ts';
import { leasesAt, type RouterLease } from './routers.ts';
import { change, read } from './run.ts';
import type { First, TrafficState } from './state.ts';

const POLL_MS = 40;
/** Looking for new routers walks through all keys of the store, so it is done less often. */
const LIST_MS = 500;
/** A router reads the state again at least so often, and then brings back what the store has lost. */
const BACK_MS = 4000;
/** After their window the routers close what is long-lived; so long that takes, until the leases say it. */
const CLOSING_MS = 4000;

interface BalancerSetup {
  readonly app: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Who drains: stands in the state. */
  readonly by?: string;
  /** The window of tunnels and event streams of a drained instance (traffic.longLived.drain); a drain waits for it too. */
  readonly longLivedMs?: number;
  /** What a first state begins with, when the store has none. */
  readonly first?: Partial<First>;
}

/** Takes instances out of the traffic of the embedded routers and puts them back. */
export function storeBalancer(setup: BalancerSetup): Balancer {
  const { app, store, clock, log } = setup;
  const known = knownRouters(clock);
  const change1 = async (one: Change): Promise<TrafficState> => {
    // A new history would win over the one that the routers remember: its weight would be lost, and who is drained.
    if (known.history && (await read(app, store)) === null) await comeBack();
    return change(app, [one], { store, clock, log }, setup.first);
  };

  return {
    async check() {
      if ((await leases()).length === 0) throw fail('router-none', { app });
    },

    async drained() {
      return Object.keys((await read(app, store))?.drained ?? {});
    },

    async load() {
      const found = await leases();
      if (found.length === 0) throw fail('router-none', { app });
      return loadOf(found, await read(app, store));
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
      return { cut: last.kind === 'wait' ? last.inFlight + last.longLived + last.deaf : 0 };
    },

    async ready(instance, timeoutMs) {
      const ready: Change = { kind: 'ready', instance };
      if ((await leases()).length === 0) {
        // A state that is not there has nobody drained.
        if ((await read(app, store)) !== null) await change1(ready);
        throw fail('router-none', { app });
      }
      let target = await change1(ready);
      const holds = async (): Promise<Version> => {
        const state = await read(app, store);
        // A router may have brought back a state from before.
        if (state !== null && Object.hasOwn(state.drained, instance)) target = await change1(ready);
        return target;
      };
      const last = await until(instance, timeoutMs, holds, readyProgress);
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

    // Routers follow the state by themselves.
    reconcile: async () => undefined,

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
    for (const id of known.missing(found.leases))
      if ((await store.get(routerLeft(app, id))) !== null) known.forget(id);
    return known.with(found.leases);
  }

  /** The store has lost the state: the routers are asked to bring it back. */
  async function comeBack(): Promise<void> {
    const deadline = clock.now() + BACK_MS;
    log.warn('the store has forgotten the traffic state; waiting for a router to bring it back');
    await store.publish(trafficChannel(app), 'who knows');
    while ((await read(app, store)) === null && clock.now() < deadline) await clock.sleep(POLL_MS);
  }

  async function until(
    instance: string,
    timeoutMs: number,
    target: () => Promise<Version>,
    progress: (leases: readonly RouterLease[], target: Version, instance: string) => DrainProgress,
  ): Promise<DrainProgress> {
    const since = clock.now();
    const window = setup.longLivedMs === undefined ? 0 : setup.longLivedMs + CLOSING_MS;
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
      if (now.kind === 'done' || now.kind === 'stranger') return now;
      const waited = clock.now() - since;
      if (waited >= timeoutMs && !(isPolite(now) && waited < window)) return now;
      if (now.kind === 'none' && progress === drainProgress) return now;
      await clock.sleep(POLL_MS);
    }
  }
}

/** Whether only tunnels and event streams are left, which the routers are about to close. */
const isPolite = (progress: DrainProgress): boolean =>
  progress.kind === 'wait' && progress.deaf + progress.inFlight === 0 && progress.longLived > 0;
