/** The balancer over HAProxy: the store says what is wanted, the runtime API makes it so, and what stands is read back. */
import { readingOf, type ArmServers, type CounterReading } from '../haproxy/index.ts';
import type { HaproxyConfig } from '../config/types.ts';
import { fail, failAll } from '../errors.ts';
import type { Balancer, Clock, Log, Store, TrafficLoad } from '../ports/ports.ts';
import { until } from '../shared/time.ts';
import { change, read, shareOf, type Change, type First, type TrafficState } from '../traffic/index.ts';
import { withAll, type Haproxy } from './haproxies.ts';
import { compared, hostDrift, reconcileHosts, unmet, type Reconciled } from './reconcile.ts';
import { keepCounts, observedSince, type ObservedShare } from './observed.ts';
import {
  byName,
  differs,
  isIn,
  loadOf,
  reasonOf,
  stateDifferences,
  sum,
  wantedState,
} from './server-state.ts';
import { viewOf, type BalancerView } from './view.ts';

interface HaproxySetup {
  readonly app: string;
  readonly config: HaproxyConfig;
  readonly arms: ArmServers;
  /** Clients may stick to a server: one that only drains would never be without requests. */
  readonly sticky: boolean;
  readonly haproxies: readonly Haproxy[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly by?: string;
  readonly first?: Partial<First>;
}

type InstanceChange = Change & { readonly instance: string };

const POLL_MS = 50;

export class HaproxyBalancer implements Balancer {
  readonly arms: ArmServers;
  readonly #setup: HaproxySetup;
  /** Drained, and not in maintenance yet. */
  readonly #draining = new Set<string>();

  constructor(setup: HaproxySetup) {
    this.#setup = setup;
    this.arms = setup.arms;
  }

  async check(): Promise<void> {
    const { config } = this.#setup;
    const found = await this.#compareAll(await this.#read());
    const problems = found.flatMap((one) => stateDifferences(one, config, this.arms));
    if (problems.length > 0) throw failAll(problems);
  }

  async drained(): Promise<readonly string[]> {
    return Object.keys((await this.#read())?.drained ?? {});
  }

  async load(): Promise<TrafficLoad> {
    const state = await this.#read();
    const found = await this.#compareAll(state);
    return {
      canaryShare: state === null ? 0 : shareOf(state),
      instances: this.#members.map((member) => loadOf(member, found, state)).sort(byName),
    };
  }

  async drain(instance: string, timeoutMs: number): Promise<{ readonly cut: number }> {
    const { clock, by, sticky } = this.#setup;
    const server = this.#serverOf(instance);
    const note = { since: clock.now(), by: by ?? 'deploy' };
    const drain: InstanceChange = { kind: 'drain', instance, note };
    await this.reconcile();
    if (!sticky) this.#draining.add(instance);
    try {
      const begun = clock.now();
      await this.#record(drain);
      return await until(clock, POLL_MS, () => this.#drainedBy(drain, server, begun, timeoutMs));
    } finally {
      this.#draining.delete(instance);
    }
  }

  async ready(instance: string, timeoutMs: number): Promise<void> {
    const { clock, log } = this.#setup;
    const server = this.#serverOf(instance);
    const ready: InstanceChange = { kind: 'ready', instance };
    await this.reconcile();
    await this.#record(ready);
    const deadline = clock.now() + timeoutMs;
    const found = await until(clock, POLL_MS, async () => {
      const all = await this.#reconcileAll(await this.#holding(ready, false));
      const waiting = all.filter((one) => !isIn(one, server));
      if (waiting.length === 0) return all;
      if (clock.now() < deadline) return undefined;
      const hosts = waiting.map(({ name }) => name).join(', ');
      throw fail('haproxy-not-ready', { instance, seconds: String(timeoutMs / 1000), hosts });
    });
    if (found.some((one) => wantedState(one, server) !== 'ready'))
      log.info('stays out of the traffic: the canary has no share', instance);
  }

  /** What somebody else has changed, or a restart has forgotten, is put right before anything else. */
  async reconcile(): Promise<void> {
    for (const one of (await this.#reconcileAll(await this.#read())).flatMap(hostDrift))
      this.#setup.log.warn(`${one.host} had drifted: ${one.server} was ${one.says}`, one.instance);
  }

  async settle(timeoutMs: number): Promise<readonly string[]> {
    const { clock, haproxies } = this.#setup;
    const deadline = clock.now() + timeoutMs;
    return until(clock, POLL_MS, async () => {
      const state = await this.#read();
      const ended = await Promise.allSettled(haproxies.map((one) => this.#reconcileOne(one, state)));
      // What was just mended is looked at once more.
      const late = haproxies
        .filter((_, at) => ended[at]?.status === 'rejected' || differs(ended[at]))
        .map(({ name }) => name);
      if (late.length > 0 && clock.now() < deadline) return undefined;
      await this.#tellSettled(ended, late.length === 0 ? state : null);
      return late;
    });
  }

  /** How the HAProxys stand, and where they differ from what is wanted; changes nothing, and one that is away is told. */
  async look(): Promise<Omit<BalancerView, 'kind'>> {
    const { haproxies } = this.#setup;
    const state = await this.#read();
    const ended = await Promise.allSettled(haproxies.map((one) => compared(one, state, this.#backend)));
    return viewOf(
      ended.map((one, at) => {
        const host = haproxies[at]?.name ?? '';
        if (one.status === 'fulfilled') return { host, found: one.value, reason: null };
        return { host, found: null, reason: reasonOf(one) };
      }),
    );
  }

  /** What they have counted, for `countedSince`. */
  readings(): Promise<readonly CounterReading[]> {
    return withAll(this.#setup.haproxies, async (one) => readingOf(one.name, await one.stand()));
  }

  /** The canary's share since it was last changed; null: nothing was counted. */
  async observed(): Promise<ObservedShare | null> {
    const { app, store } = this.#setup;
    return observedSince(app, store, await this.readings(), this.arms);
  }

  get #members() {
    return [...this.arms.stable, ...this.arms.canary];
  }

  get #backend() {
    return { arms: this.arms, backend: this.#setup.config.backend };
  }

  #read(): Promise<TrafficState | null> {
    return read(this.#setup.app, this.#setup.store);
  }

  #record(one: Change): Promise<TrafficState> {
    const { app, first, store, clock, log } = this.#setup;
    return change(app, [one], { store, clock, log }, first);
  }

  #compareAll(state: TrafficState | null): Promise<Reconciled[]> {
    return withAll(this.#setup.haproxies, (one) => compared(one, state, this.#backend));
  }

  #reconcileOne(one: Haproxy, state: TrafficState | null): Promise<Reconciled> {
    return reconcileHosts(one, state, this.#backend, [...this.#draining]);
  }

  #reconcileAll(state: TrafficState | null): Promise<Reconciled[]> {
    return withAll(this.#setup.haproxies, (one) => this.#reconcileOne(one, state));
  }

  #serverOf(instance: string): string {
    const found = this.#members.find((member) => member.instance === instance);
    if (found !== undefined) return found.server;
    const environments = this.#members.map((one) => one.instance).join(', ');
    throw fail('balancer-instance', { instance, environments });
  }

  /** Somebody else's state may have won: the change is asked for until it stands. */
  async #holding(one: InstanceChange, drained: boolean): Promise<TrafficState> {
    const state = await this.#read();
    const holds = state !== null && Object.hasOwn(state.drained, one.instance) === drained;
    return holds ? state : this.#record(one);
  }

  /** One look at a drain; undefined while it goes on. */
  async #drainedBy(
    drain: InstanceChange,
    server: string,
    begun: number,
    timeoutMs: number,
  ): Promise<{ readonly cut: number } | undefined> {
    const { clock, log } = this.#setup;
    const { instance } = drain;
    const found = await this.#reconcileAll(await this.#holding(drain, true));
    const left = sum(found.map(({ stand }) => stand.servers[server]?.sessions ?? 0));
    const over = clock.now() - begun;
    if (this.#draining.has(instance)) {
      // Maintenance cuts nothing by itself, but a "shutdown-sessions" of somebody's would: so it comes last.
      const quiet = left === 0 && found.every(({ stand }) => stand.servers[server]?.state !== 'ready');
      if (!quiet && over < timeoutMs / 2) return undefined;
      this.#draining.delete(instance);
      return this.#drainedBy(drain, server, begun, timeoutMs);
    }
    const deaf = found.filter(({ stand }) => stand.servers[server]?.state !== 'maint').length;
    if (left + deaf === 0) return { cut: 0 };
    if (over < timeoutMs) return undefined;
    log.warn(`not drained in time: ${left} requests are left`, instance);
    return { cut: left + deaf };
  }

  /** `state`: all of them stand as it says; null: some do not. */
  async #tellSettled(
    ended: readonly PromiseSettledResult<Reconciled>[],
    state: TrafficState | null,
  ): Promise<void> {
    const { app, store, log } = this.#setup;
    for (const one of ended) if (one.status === 'rejected') log.warn(reasonOf(one));
    const done = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (state !== null) {
      const counts = done.map(({ name, stand }) => readingOf(name, stand));
      await keepCounts(app, store, shareOf(state), counts);
    }
    const rough = unmet(done);
    if (rough !== null) log.warn(rough);
  }
}
