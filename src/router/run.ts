/** The router as a service: opens everything, runs until the signal, closes everything in order. */
import type { Address } from '../config/types.ts';
import { openClosers, type Closers } from '../shared/closers.ts';
import { inBackground, keepRunning } from '../shared/time.ts';
import type { Clock, Log, Random, Store } from '../ports/ports.ts';
import { shareOf, type TrafficState } from '../traffic/index.ts';
import { openAdmin } from './admin/admin-server.ts';
import { closerOf } from './http/graceful-stop.ts';
import { openChecks } from './fleet/checker.ts';
import { waitForPeers } from './store/wait-for-peers.ts';
import { Fleet, type FleetEvent, type FleetMember } from './fleet/fleet.ts';
import { Admission } from './proxy/admission.ts';
import { openGuard } from './admin/guard.ts';
import { countsOf, watchCanary } from './revert/revert-watch.ts';
import { listen } from './listen.ts';
import { alone, type Siblings } from './cluster/siblings.ts';
import { keepLease, type LeaseKeeper } from './store/lease-keeper.ts';
import { leaseOf } from './store/lease-of.ts';
import { openAuditOutbox } from './store/audit-outbox.ts';
import { peerReader } from './setup/peers.ts';
import { newsFor } from './fleet/fleet-events.ts';
import { readPage } from './setup/page.ts';
import { openSnapshotKeeper } from './disk/snapshot-keeper.ts';
import { openStateFile } from './disk/state-file.ts';
import { openRates } from './stats/request-rates.ts';
import { openReload } from './setup/reload.ts';
import { adminPorts, ownReport } from './admin/admin-ports.ts';
import { openProxy } from './server.ts';
import { guess, plannedOf, routerId, showAddress, type RouterSetup } from './setup/setup.ts';
import { openOutboxFile } from './disk/outbox-file.ts';
import { stopServing } from './stop-serving.ts';
import { openStickyKey } from './store/sticky-key.ts';
import { summaryOf, type RouterSummary } from './summary.ts';
import { Shared } from './store/shared-state.ts';
import { publishCounters } from './store/publish-counters.ts';
import { openUpstream } from './upstream/upstream.ts';
import { Assigner } from './split/assigner.ts';

interface RouterPorts {
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

/** The answer to an alert waits so long for the other routers. */
const OTHERS_MS = 1000;

/** What is in flight when the router stops has so long. */
export const GRACE_MS = 30_000;

interface RunOptions {
  readonly listening?: (addresses: RouterAddresses) => void;
  readonly graceMs?: number;
  /** The other processes of this router; without it there are none. */
  readonly kin?: Siblings;
  /** Milliseconds for which idle connections are kept when it stops, because others take over; 0 by default. */
  readonly lingerMs?: () => number;
  /** Reads canopy.yml again, for a reload; without it there is none. */
  readonly reread?: () => Promise<RouterSetup>;
}

/**
 * Runs until the signal, then stops accepting, finishes what is in flight (at most `graceMs`, default 30 s) and gives its
 * lease back. Throws `router-open`, `router-instances`, `router-listen`.
 */
export async function runRouter(
  setup: RouterSetup,
  ports: RouterPorts,
  signal: AbortSignal,
  on: RunOptions = {},
): Promise<RouterSummary> {
  const closers = openClosers(ports.log);
  let summary: () => RouterSummary;
  try {
    summary = await serve(setup, ports, signal, on, closers);
  } finally {
    await closers.close();
  }
  return summary();
}

/** Resolves at the signal. Whatever it opens is closed by the closers, also when it throws. */
async function serve(
  setup: RouterSetup,
  ports: RouterPorts,
  signal: AbortSignal,
  on: RunOptions,
  closers: Closers,
): Promise<() => RouterSummary> {
  const { app, traffic } = setup;
  const { store, clock, log, random } = ports;
  const peerOf = peerReader(traffic.trustedProxies);
  const origins = plannedOf(setup).map((one) => ({ ...one, upstream: openUpstream(one.url) }));
  const page = await readPage(traffic.maintenance.page);
  const id = routerId(random);
  const disk = openStateFile(traffic.stateDir, log);
  const remember = openSnapshotKeeper(disk, log);
  const life = new AbortController();
  const kin = on.kin ?? alone;
  let keeper: LeaseKeeper | null = null;
  let held = false;

  const tellNews = newsFor(log, () => clock.now());
  const hear = (news: FleetEvent, member: FleetMember, detail?: string): void => {
    tellNews(news, member, detail);
    if (news === 'health') inBackground('saving the state', keep(shared.state), log);
    if (news === 'gone') member.upstream.pool.close();
    keeper?.touch();
  };
  const fleet = new Fleet(origins, traffic.health, hear, traffic);
  closers.add('the connections to the instances', () => {
    for (const { upstream } of [...fleet.members, ...fleet.leaving]) upstream.pool.destroy();
  });
  const keep = async (state: TrafficState): Promise<void> => {
    if (kin.leads()) await remember(state, fleet);
  };
  const save = async (state: TrafficState): Promise<void> => {
    await Promise.all([keep(state), kin.tell(state)]);
  };
  const take = (state: TrafficState): void => {
    fleet.apply(state, held);
    who.apply(state, held);
    keeper?.touch();
  };
  const who = new Assigner({ app, header: traffic.header, turn: Number.parseInt(random.hex(4), 16) });
  const key = await openStickyKey({ app, folder: traffic.stateDir, store, clock, log, random, who });
  const ledger = await openAuditOutbox({
    ...{ app, id, store, clock, log, spool: openOutboxFile(traffic.stateDir, log) },
    environment: traffic.canary ?? traffic.stable,
  });
  const remembered = await disk.load();
  const first = remembered?.state ?? guess(setup);
  for (const member of fleet.members) member.hinted = remembered?.healthy.includes(member.name) ?? false;
  const shared = new Shared({ app, id, store, clock, log, heard: take, save }, first);
  take(first);
  closers.add('the state', () => save(shared.state));

  const rates = openRates(
    () => fleet.members,
    () => clock.now(),
  );
  // The lease stands before the state is read: a drain that begins in between waits for this router.
  if (store !== null)
    keeper = await keepLease(app, store, clock, log, () =>
      leaseOf(id, shared.state, fleet, rates(), clock.now()),
    );
  closers.add('the lease', () => keeper?.stop());
  const loops: Promise<void>[] = [];
  closers.add('the loops', () => {
    life.abort();
    return Promise.all(loops);
  });
  await Promise.all([shared.start(), key.start()]);
  await save(shared.state);
  const checks = openChecks(fleet, traffic.health, { clock, log }, life.signal);
  // Who takes over from another process is in no hurry.
  if (on.kin !== undefined || !fleet.members.some((member) => member.hinted)) await checks.first;

  const front = new Admission(fleet, traffic, page);
  const proxy = openProxy({ fleet, who, peerOf, front });
  let stopping = false;
  let serving = false;
  const guardOf = openGuard({
    full: traffic.admin.token?.reveal() ?? '',
    alert: traffic.admin.alertToken?.reveal() ?? '',
  });
  const others = async (): Promise<readonly string[] | null> => {
    if (store === null) return [];
    if (shared.storeUp === false) return null;
    return waitForPeers(app, store, clock, (state) => state.alert !== null, OTHERS_MS);
  };
  const reload = openReload({
    ...{ fleet, checks, clock, log, running: setup, reread: on.reread ?? null },
    changed: () => {
      take(shared.state);
      inBackground('saving the state', keep(shared.state), log);
    },
  });
  const running = {
    ...{ app, id, fleet, shared, ledger, kin, rates, others, hasStore: store !== null },
    reload: async () => {
      const answer = await reload();
      if (answer.ok) await kin.reload();
      return answer;
    },
    guard: guardOf,
    now: () => clock.now(),
    stopping: () => stopping && kin === alone,
  };
  const admin = openAdmin(adminPorts(running), log);
  const closeAdmin = closerOf(admin);
  closers.add('what serves', async () => {
    stopping = true;
    const [graceMs, lingerMs] = [serving ? (on.graceMs ?? GRACE_MS) : 0, on.lingerMs ?? (() => 0)];
    const tell = (): Promise<unknown> => kin.reports(ownReport(running));
    await stopServing({ proxy, admin, closeAdmin, others: kin !== alone, tell }, graceMs, lingerMs);
  });

  await kin.join({
    state: () => shared.state,
    meet: (state) => shared.meet(state),
    saved: () => keep(shared.state),
    counts: () => countsOf(fleet),
    report: () => ownReport(running),
    reload,
  });
  const addresses = {
    id,
    proxy: await listen(proxy.server, traffic.listen, log, await kin.socket('public', traffic.listen)),
    admin: await listen(admin, traffic.admin.listen, log, await kin.socket('admin', traffic.admin.listen)),
  };
  serving = true;
  const hold = (now: boolean): void => {
    held = now;
    take(shared.state);
  };
  const judged = { id, fleet, shared, rules: traffic.revert, clock, log, kin, ledger, hold };
  const each: [name: string, loop: (signal: AbortSignal) => Promise<void>][] = [
    ['following the store', (until) => shared.follow(until)],
    ['the key of the cookies', (until) => key.follow(until)],
    ['the audit entries', (until) => ledger.follow(until)],
    ['telling what was counted', (until) => publishCounters({ app, id, fleet, store, clock, log }, until)],
    ['watching the canary', (until) => watchCanary(judged, until)],
  ];
  for (const [name, loop] of each) loops.push(keepRunning(name, loop, { clock, log }, life.signal));
  log.info(
    `router ${id} listens on ${showAddress(addresses.proxy)}, admin port ${showAddress(addresses.admin)}, canary ${shareOf(shared.state)} %`,
  );
  on.listening?.(addresses);
  await aborted(signal);
  log.info('stopping: no new connections, finishing what is in flight');
  return () => summaryOf(id, fleet, shared.state);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
