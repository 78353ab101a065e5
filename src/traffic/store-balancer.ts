/** The balancer over the store: says what is to happen, then waits until every live router has said that it did. */
import type { Balancer, Clock, Log, Store, TrafficLoad } from '../ports/ports.ts';
import { until } from '../shared/time.ts';
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
export class StoreBalancer implements Balancer {
  readonly #setup: BalancerSetup;
  readonly #known: ReturnType<typeof knownRouters>;

  constructor(setup: BalancerSetup) {
    this.#setup = setup;
    this.#known = knownRouters(setup.clock);
  }

  async check(): Promise<void> {
    await this.#liveLeases();
  }

  async drained(): Promise<readonly string[]> {
    return Object.keys((await this.#read())?.drained ?? {});
  }

  async load(): Promise<TrafficLoad> {
    return loadOf(await this.#liveLeases(), await this.#read());
  }

  async drain(instance: string, timeoutMs: number): Promise<{ readonly cut: number }> {
    const { clock, log, by } = this.#setup;
    const drain: Change = { kind: 'drain', instance, note: { since: clock.now(), by: by ?? 'deploy' } };
    await this.#liveLeases();
    const holds = async (): Promise<Version> => {
      const state = await this.#read();
      // Somebody else's state may have won: the drain is asked for until it stands.
      return state !== null && Object.hasOwn(state.drained, instance) ? state : this.#change(drain);
    };
    await this.#change(drain);
    const last = await this.#follow(instance, timeoutMs, holds, drainProgress);
    // Whoever was alive has died since: then nobody sends anything any more.
    if (last.kind === 'none') log.warn('no router is left; nothing is in flight', instance);
    if (last.kind === 'wait') log.warn(`not drained in time, waiting for ${last.on.join(', ')}`, instance);
    // A router that has not heard of it goes on sending: at least one request of each is lost.
    return { cut: last.kind === 'wait' ? last.inFlight + last.longLived + last.deaf : 0 };
  }

  async ready(instance: string, timeoutMs: number): Promise<void> {
    const ready: Change = { kind: 'ready', instance };
    if ((await this.#leases()).length === 0) {
      // A state that is not there has nobody drained.
      if ((await this.#read()) !== null) await this.#change(ready);
      throw await this.#noRouter();
    }
    let target = await this.#change(ready);
    const holds = async (): Promise<Version> => {
      const state = await this.#read();
      // A router may have brought back a state from before.
      if (state !== null && Object.hasOwn(state.drained, instance)) target = await this.#change(ready);
      return target;
    };
    const last = await this.#follow(instance, timeoutMs, holds, readyProgress);
    if (last.kind === 'done') return;
    if (last.kind === 'none') throw await this.#noRouter();
    if (last.kind === 'stranger')
      throw fail('router-unknown-instance', { instance, routers: last.routers.join(', ') });
    const routers = last.on.join(', ');
    throw fail('router-not-ready', { instance, seconds: String(timeoutMs / 1000), routers });
  }

  /** Routers follow the state by themselves. */
  async reconcile(): Promise<void> {}

  async settle(timeoutMs: number): Promise<readonly string[]> {
    const { clock } = this.#setup;
    const deadline = clock.now() + timeoutMs;
    return until(clock, POLL_MS, async () => {
      const state = await this.#read();
      const late = state === null ? [] : lateRouters(await this.#leases(), state);
      return late.length === 0 || clock.now() >= deadline ? late : undefined;
    });
  }

  #read(): Promise<TrafficState | null> {
    return read(this.#setup.app, this.#setup.store);
  }

  async #change(one: Change): Promise<TrafficState> {
    const { app, first, store, clock, log } = this.#setup;
    // A new history would win over the one that the routers remember: its weight would be lost, and who is drained.
    if (this.#known.history && (await this.#read()) === null) await this.#comeBack();
    return change(app, [one], { store, clock, log }, first);
  }

  /** Throws `router-none`. */
  async #liveLeases(): Promise<readonly RouterLease[]> {
    const found = await this.#leases();
    if (found.length === 0) throw await this.#noRouter();
    return found;
  }

  /** They may be on another server of the store by now: then the next call goes there. */
  async #noRouter(): Promise<Error> {
    const { app, store } = this.#setup;
    await store.isInCharge();
    return fail('router-none', { app });
  }

  async #leases(keys?: readonly string[]): Promise<readonly RouterLease[]> {
    const { app, store, log } = this.#setup;
    const found = await leasesAt(keys ?? (await store.list(routerLeases(app))), store);
    for (const one of found.strange) log.warn(`not a router's lease: ${one}`);
    for (const id of this.#known.missing(found.leases))
      if ((await store.get(routerLeft(app, id))) !== null) this.#known.forget(id);
    return this.#known.with(found.leases);
  }

  /** The store has lost the state: the routers are asked to bring it back. */
  async #comeBack(): Promise<void> {
    const { app, store, clock, log } = this.#setup;
    const deadline = clock.now() + BACK_MS;
    log.warn('the store has forgotten the traffic state; waiting for a router to bring it back');
    await store.publish(trafficChannel(app), 'who knows');
    await until(clock, POLL_MS, async () =>
      (await this.#read()) !== null || clock.now() >= deadline ? true : undefined,
    );
  }

  async #follow(
    instance: string,
    timeoutMs: number,
    target: () => Promise<Version>,
    progress: (leases: readonly RouterLease[], target: Version, instance: string) => DrainProgress,
  ): Promise<DrainProgress> {
    const { app, store, clock, longLivedMs } = this.#setup;
    const since = clock.now();
    const window = longLivedMs === undefined ? 0 : longLivedMs + CLOSING_MS;
    let keys: readonly string[] = [];
    let listed = Number.NEGATIVE_INFINITY;
    return until(clock, POLL_MS, async () => {
      const version = await target();
      // A router that starts after this has put its lease before it read the state, so it knows of the change.
      if (clock.now() - listed >= LIST_MS) {
        listed = clock.now();
        keys = await store.list(routerLeases(app));
      }
      const now = progress(await this.#leases(keys), version, instance);
      const waited = clock.now() - since;
      if (waited >= timeoutMs && !(isPolite(now) && waited < window)) return now;
      const isOver = now.kind === 'none' ? progress === drainProgress : now.kind !== 'wait';
      if (!isOver) return undefined;
      // A server of the store that was replaced knows nothing of the routers that have left it.
      if (await store.isInCharge()) return now;
      listed = Number.NEGATIVE_INFINITY;
      return undefined;
    });
  }
}

/** Whether only tunnels and event streams are left, which the routers are about to close. */
const isPolite = (progress: DrainProgress): boolean =>
  progress.kind === 'wait' && progress.deaf + progress.inFlight === 0 && progress.longLived > 0;
