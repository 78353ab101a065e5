/** The router as a service: opens everything, runs until the signal, closes everything in order. */
import type { Address } from '../config/types.ts';
import type { Clock, Log, Random, Store } from '../ports.ts';
import { shareOf, type RouterLease, type TrafficState } from '../traffic/index.ts';
import { openAdmin } from './admin-server.ts';
import { bounded } from './bounded.ts';
import { startChecks } from './checker.ts';
import { Fleet } from './fleet.ts';
import { openGuard } from './guard.ts';
import { guard } from './guardian.ts';
import { listen } from './listen.ts';
import { keepLease, type LeaseKeeper } from './lease.ts';
import { peerReader } from './peers.ts';
import { openDisk } from './persist.ts';
import { openRates } from './rates.ts';
import { adminPorts } from './report.ts';
import { openProxy } from './server.ts';
import { guess, plannedOf, routerId, showAddress, type RouterSetup } from './setup.ts';
import { Shared } from './sync.ts';
import { openUpstream } from './upstream.ts';

export interface RouterPorts {
  /** Its calls may fail at any time; null: the router is alone. */
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export interface RouterAddresses {
  readonly id: string;
  readonly proxy: Address;
  readonly admin: Address;
}

export interface RouterSummary {
  readonly id: string;
  /** Answers since the start, an instance. */
  readonly requests: Readonly<Record<string, number>>;
  /** Requests that got no answer from any instance. */
  readonly failed: number;
  readonly version: number;
}

const GRACE_MS = 30_000;

/**
 * Runs until the signal, then stops accepting, finishes what is in flight (at most `graceMs`, default 30 s) and gives its
 * lease back. Throws `router-open`, `router-instances`, `router-listen`.
 */
export async function runRouter(
  setup: RouterSetup,
  ports: RouterPorts,
  signal: AbortSignal,
  on: { readonly listening?: (addresses: RouterAddresses) => void; readonly graceMs?: number } = {},
): Promise<RouterSummary> {
  const { app, traffic } = setup;
  const { store, clock, log, random } = ports;
  const peerOf = peerReader(traffic.trustedProxies);
  const origins = plannedOf(setup).map((one) => ({ ...one, upstream: openUpstream(one.url) }));
  const id = routerId(random);
  const disk = openDisk(traffic.stateDir, log);
  const life = new AbortController();
  let keeper: LeaseKeeper | null = null;
  let held = false;

  const fleet = new Fleet(origins, traffic.health, (news, member) => {
    if (news === 'health') {
      log.info(`${member.health.state}`, member.name);
      void save(shared.state);
    }
    keeper?.touch();
  });
  const save = async (state: TrafficState): Promise<void> => {
    const healthy = fleet.members.filter((one) => one.health.state === 'healthy').map((one) => one.name);
    await bounded(disk.save(state, healthy), 1000).catch((error: unknown) =>
      log.warn(`slow disk: ${String(error)}`),
    );
  };
  const take = (state: TrafficState): void => {
    fleet.apply(state, held);
    keeper?.touch();
  };
  const remembered = await disk.load();
  const first = remembered?.state ?? guess(setup);
  for (const member of fleet.members) member.hinted = remembered?.healthy.includes(member.name) ?? false;
  const shared = new Shared({ app, id, store, clock, log, heard: take, save }, first);
  take(first);

  const rates = openRates(fleet.members, () => clock.now());
  // The lease stands before the state is read: a drain that begins in between waits for this router.
  if (store !== null)
    keeper = await keepLease(app, store, clock, log, () =>
      leaseOf(id, shared.state, fleet, rates(), clock.now()),
    );
  await shared.start();
  await save(shared.state);
  const checked = startChecks(fleet, traffic.health, clock, life.signal);
  if (!fleet.members.some((member) => member.hinted)) await checked;

  const proxy = openProxy(fleet, peerOf);
  let stopping = false;
  const guardOf = openGuard({
    full: traffic.admin.token?.reveal() ?? '',
    alert: traffic.admin.alertToken?.reveal() ?? '',
  });
  const admin = openAdmin(
    adminPorts({
      app,
      id,
      fleet,
      shared,
      rates,
      guard: guardOf,
      now: () => clock.now(),
      stopping: () => stopping,
    }),
    log,
  );
  const loops: Promise<void>[] = [];
  try {
    const addresses = {
      id,
      proxy: await listen(proxy.server, traffic.listen, log),
      admin: await listen(admin, traffic.admin.listen, log),
    };
    loops.push(shared.follow(life.signal));
    const hold = (now: boolean): void => {
      held = now;
      take(shared.state);
    };
    loops.push(guard({ id, fleet, shared, rules: traffic.revert, clock, log, hold }, life.signal));
    log.info(
      `router ${id} listens on ${showAddress(addresses.proxy)}, admin port ${showAddress(addresses.admin)}, canary ${shareOf(shared.state)} %`,
    );
    on.listening?.(addresses);
    await aborted(signal);
    log.info('stopping: no new connections, finishing what is in flight');
  } finally {
    stopping = true;
    await proxy.stop(proxy.server.listening ? (on.graceMs ?? GRACE_MS) : 0);
    admin.close();
    admin.closeAllConnections();
    life.abort();
    await Promise.all(loops);
    await keeper?.stop();
    await save(shared.state);
    await Promise.all(fleet.members.map((member) => member.upstream.pool.destroy()));
  }
  return summary(id, fleet, shared.state);
}

function leaseOf(
  id: string,
  state: TrafficState,
  fleet: Fleet,
  rates: RouterLease['rates'],
  at: number,
): RouterLease {
  return {
    id,
    epoch: state.epoch,
    version: state.version,
    drained: Object.keys(state.drained),
    inFlight: Object.fromEntries(fleet.members.map((member) => [member.name, member.inFlight])),
    health: Object.fromEntries(fleet.members.map((member) => [member.name, member.health.state])),
    rates,
    at,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function summary(id: string, fleet: Fleet, state: TrafficState): RouterSummary {
  const counts = fleet.members.map(({ name, counters }) => [
    name,
    counters.classes.slice(1).reduce((sum, one) => sum + one, 0),
  ]);
  const failed = fleet.members.reduce((sum, { counters }) => sum + (counters.classes[0] ?? 0), 0);
  return {
    id,
    requests: Object.fromEntries(counts) as Record<string, number>,
    failed,
    version: state.version,
  };
}
