/** The balancer over HAProxy: the store says what is wanted, the runtime API makes it so, and what stands is read back. */
import { readingOf, type ArmServers, type CounterReading } from '../haproxy/index.ts';
import type { HaproxyConfig } from '../config/balancer-types.ts';
import { fail, failAll } from '../errors.ts';
import type { Balancer, Clock, Log, Store } from '../ports/ports.ts';
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

export interface HaproxyBalancer extends Balancer {
  readonly arms: ArmServers;
  /** How the HAProxys stand, and where they differ from what is wanted; changes nothing, and one that is away is told. */
  look(): Promise<Omit<BalancerView, 'kind'>>;
  /** What they have counted, for `countedSince`. */
  readings(): Promise<readonly CounterReading[]>;
  /** The canary's share since it was last changed; null: nothing was counted. */
  observed(): Promise<ObservedShare | null>;
}

const POLL_MS = 50;

export function haproxyBalancer(setup: HaproxySetup): HaproxyBalancer {
  const { app, arms, config, haproxies, store, clock, log } = setup;
  const members = [...arms.stable, ...arms.canary];
  const of = { arms, backend: config.backend };
  /** Drained, and not in maintenance yet. */
  const leaving = new Set<string>();
  const record = (one: Change): Promise<TrafficState> =>
    change(app, [one], { store, clock, log }, setup.first);
  const mendAll = (state: TrafficState | null): Promise<Reconciled[]> =>
    withAll(haproxies, (one) => reconcileHosts(one, state, of, [...leaving]));
  const compareAll = async (): Promise<Reconciled[]> => {
    const state = await read(app, store);
    return withAll(haproxies, (one) => compared(one, state, of));
  };

  return {
    arms,

    async check() {
      const found = await compareAll();
      const problems = found.flatMap((one) => stateDifferences(one, config, arms));
      if (problems.length > 0) throw failAll(problems);
    },

    async drained() {
      return Object.keys((await read(app, store))?.drained ?? {});
    },

    async load() {
      const state = await read(app, store);
      const found = await withAll(haproxies, (one) => compared(one, state, of));
      return {
        canaryShare: state === null ? 0 : shareOf(state),
        instances: members.map((member) => loadOf(member, found, state)).sort(byName),
      };
    },

    async drain(instance, timeoutMs) {
      const server = serverOf(instance);
      const drain: Change = {
        kind: 'drain',
        instance,
        note: { since: clock.now(), by: setup.by ?? 'deploy' },
      };
      await reconcile();
      if (!setup.sticky) leaving.add(instance);
      try {
        const begun = clock.now();
        await record(drain);
        for (;;) {
          const found = await mendAll(await holding(drain, true));
          const left = sum(found.map(({ stand }) => stand.servers[server]?.sessions ?? 0));
          const over = clock.now() - begun;
          if (leaving.has(instance)) {
            // Maintenance cuts nothing by itself, but a "shutdown-sessions" of somebody's would: so it comes last.
            const quiet = left === 0 && found.every(({ stand }) => stand.servers[server]?.state !== 'ready');
            if (quiet || over >= timeoutMs / 2) leaving.delete(instance);
            else await clock.sleep(POLL_MS);
            continue;
          }
          const deaf = found.filter(({ stand }) => stand.servers[server]?.state !== 'maint').length;
          if (left + deaf === 0) return { cut: 0 };
          if (over >= timeoutMs) {
            log.warn(`not drained in time: ${left} requests are left`, instance);
            return { cut: left + deaf };
          }
          await clock.sleep(POLL_MS);
        }
      } finally {
        leaving.delete(instance);
      }
    },

    async ready(instance, timeoutMs) {
      const server = serverOf(instance);
      const ready: Change = { kind: 'ready', instance };
      await reconcile();
      await record(ready);
      const until = clock.now() + timeoutMs;
      for (;;) {
        const found = await mendAll(await holding(ready, false));
        const waiting = found.filter((one) => !isIn(one, server));
        if (waiting.length === 0) {
          if (found.some((one) => wantedState(one, server) !== 'ready'))
            log.info('stays out of the traffic: the canary has no share', instance);
          return;
        }
        if (clock.now() >= until)
          throw fail('haproxy-not-ready', {
            instance,
            seconds: String(timeoutMs / 1000),
            hosts: waiting.map(({ name }) => name).join(', '),
          });
        await clock.sleep(POLL_MS);
      }
    },

    reconcile,

    async settle(timeoutMs) {
      const until = clock.now() + timeoutMs;
      for (;;) {
        const state = await read(app, store);
        const ended = await Promise.allSettled(
          haproxies.map((one) => reconcileHosts(one, state, of, [...leaving])),
        );
        const done = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
        // What was just mended is looked at once more.
        const late = haproxies
          .filter((_, at) => ended[at]?.status === 'rejected' || differs(ended[at]))
          .map(({ name }) => name);
        if (late.length === 0 || clock.now() >= until) {
          for (const one of ended) if (one.status === 'rejected') log.warn(reasonOf(one));
          if (late.length === 0 && state !== null)
            await keepCounts(
              app,
              store,
              shareOf(state),
              done.map(({ name, stand }) => readingOf(name, stand)),
            );
          const rough = unmet(done);
          if (rough !== null) log.warn(rough);
          return late;
        }
        await clock.sleep(POLL_MS);
      }
    },

    async look() {
      const state = await read(app, store);
      const ended = await Promise.allSettled(haproxies.map((one) => compared(one, state, of)));
      return viewOf(
        ended.map((one, at) => {
          const host = haproxies[at]?.name ?? '';
          if (one.status === 'fulfilled') return { host, found: one.value, reason: null };
          return { host, found: null, reason: reasonOf(one) };
        }),
      );
    },

    readings,
    observed: async () => observedSince(app, store, await readings(), arms),
  };

  function readings(): Promise<CounterReading[]> {
    return withAll(haproxies, async (one) => readingOf(one.name, await one.stand()));
  }

  function serverOf(instance: string): string {
    const found = members.find((member) => member.instance === instance);
    if (found === undefined)
      throw fail('balancer-instance', {
        instance,
        environments: members.map((one) => one.instance).join(', '),
      });
    return found.server;
  }

  /** What somebody else has changed, or a restart has forgotten, is put right before anything else. */
  async function reconcile(): Promise<void> {
    for (const one of (await mendAll(await read(app, store))).flatMap(hostDrift))
      log.warn(`${one.host} had drifted: ${one.server} was ${one.says}`, one.instance);
  }

  /** Somebody else's state may have won: the change is asked for until it stands. */
  async function holding(
    one: Change & { readonly instance: string },
    drained: boolean,
  ): Promise<TrafficState> {
    const state = await read(app, store);
    const stands = state !== null && Object.hasOwn(state.drained, one.instance) === drained;
    return stands ? state : record(one);
  }
}
