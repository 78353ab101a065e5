/** The router as a service: opens everything, runs until the signal, closes everything in order. */
import type { Address } from '../config/types.ts';
import { openClosers, type Closers } from '../shared/closers.ts';
import { keepRunning } from '../shared/time.ts';
import { shareOf } from '../traffic/index.ts';
import { alone, type Siblings } from './cluster/siblings.ts';
import { openOutboxFile } from './disk/outbox-file.ts';
import { openChecks, type Checks } from './fleet/checker.ts';
import { countsOf, watchCanary } from './revert/revert-watch.ts';
import { openRouterState, type RouterContext, type RouterPorts, type RouterState } from './router-state.ts';
import { openServing } from './serving.ts';
import { openReload } from './setup/reload.ts';
import { routerId, showAddress, type RouterSetup } from './setup/setup.ts';
import { openAuditOutbox, type AuditOutbox } from './store/audit-outbox.ts';
import { publishCounters } from './store/publish-counters.ts';
import { openStickyKey, type StickyKey } from './store/sticky-key.ts';
import { summaryOf, type RouterSummary } from './summary.ts';

export interface RouterAddresses {
  readonly id: string;
  readonly proxy: Address;
  readonly admin: Address;
}

interface RunOptions {
  readonly listening?: (addresses: RouterAddresses) => void;
  readonly graceMs?: number;
  /** The other processes of this router; without it there are none. */
  readonly siblings?: Siblings;
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
  const context = { id: routerId(ports.random), setup, ports, siblings: on.siblings ?? alone };
  let state: RouterState;
  try {
    state = await openRouterState(context);
    await serve(context, state, signal, on, closers);
  } finally {
    await closers.close();
  }
  return summaryOf(context.id, state.fleet, state.shared.state);
}

/** Resolves at the signal. Whatever it opens is closed by the closers, also when it throws. */
async function serve(
  context: RouterContext,
  state: RouterState,
  signal: AbortSignal,
  on: RunOptions,
  closers: Closers,
): Promise<void> {
  const { id, setup, ports } = context;
  const { store, clock, log, random } = ports;
  const { app, traffic } = setup;
  closers.add('the connections to the instances', () => state.closeConnections());
  const [folder, { assigner }] = [traffic.stateDir, state];
  const key = await openStickyKey({ app, folder, store, clock, log, random, assigner });
  const environment = traffic.canary ?? traffic.stable;
  const file = openOutboxFile(folder, log);
  const outbox = await openAuditOutbox({ app, id, store, clock, log, file, environment });
  closers.add('the state', () => state.save());
  // The lease stands before the state is read: a drain that begins in between waits for this router.
  await state.announce();
  closers.add('the lease', () => state.withdraw());
  const loops = openLoops(ports, closers);
  await Promise.all([state.shared.start(), key.start()]);
  await state.save();
  const checks = openChecks(state.fleet, traffic.health, { clock, log }, loops.signal);
  // Who takes over from another process is in no hurry.
  if (on.siblings !== undefined || !state.fleet.members.some((member) => member.hinted)) await checks.first;

  const reload = reloadOf(context, state, checks, on);
  const serving = await openServing(context, state, { outbox, reload, closers, ...on });
  await context.siblings.join({
    state: () => state.shared.state,
    meet: (other) => state.shared.meet(other),
    saved: () => state.keep(),
    counts: () => countsOf(state.fleet),
    report: () => serving.report(),
    reload,
  });
  const addresses = { id, ...(await serving.listen()) };
  for (const [name, loop] of loopsOf(context, state, outbox, key)) loops.start(name, loop);
  const [proxy, admin] = [showAddress(addresses.proxy), showAddress(addresses.admin)];
  log.info(`router ${id} listens on ${proxy}, admin port ${admin}, canary ${shareOf(state.shared.state)} %`);
  on.listening?.(addresses);
  await aborted(signal);
  log.info('stopping: no new connections, finishing what is in flight');
}

type Loop = (signal: AbortSignal) => Promise<void>;

/** What goes on beside the requests, by name. */
function loopsOf(
  { id, setup, ports, siblings }: RouterContext,
  state: RouterState,
  outbox: AuditOutbox,
  key: StickyKey,
): readonly (readonly [name: string, loop: Loop])[] {
  const { fleet, shared } = state;
  const { store, clock, log } = ports;
  const hold = (held: boolean): void => state.hold(held);
  const watched = { id, fleet, shared, rules: setup.traffic.revert, clock, log, siblings, outbox, hold };
  return [
    ['following the store', (until) => shared.follow(until)],
    ['the key of the cookies', (until) => key.follow(until)],
    ['the audit entries', (until) => outbox.follow(until)],
    [
      'telling what was counted',
      (until) => publishCounters({ app: setup.app, id, fleet, store, clock, log }, until),
    ],
    ['watching the canary', (until) => watchCanary(watched, until)],
  ];
}

/** Loops that end, and are awaited, when what was opened after them is closed. */
function openLoops({ clock, log }: RouterPorts, closers: Closers) {
  const life = new AbortController();
  const running: Promise<void>[] = [];
  closers.add('the loops', () => {
    life.abort();
    return Promise.all(running);
  });
  return {
    signal: life.signal,
    start: (name: string, loop: Loop): void =>
      void running.push(keepRunning(name, loop, { clock, log }, life.signal)),
  };
}

const reloadOf = (
  { setup, ports: { clock, log } }: RouterContext,
  state: RouterState,
  checks: Checks,
  { reread = null }: { readonly reread?: (() => Promise<RouterSetup>) | null },
) =>
  openReload({
    ...{ fleet: state.fleet, checks, clock, log, running: setup, reread },
    changed: () => state.changed(),
  });

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
