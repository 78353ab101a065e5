/** What this router knows and applies: its instances, the split and the shared state; kept on the disk, told to the other processes. */
import { inBackground } from '../shared/time.ts';
import type { Clock, Log, Random, Store } from '../ports/ports.ts';
import type { TrafficState } from '../traffic/index.ts';
import type { Siblings } from './cluster/siblings.ts';
import { openSnapshotKeeper } from './disk/snapshot-keeper.ts';
import type { Snapshot } from './disk/snapshot.ts';
import { openStateFile, type StateFile } from './disk/state-file.ts';
import { Fleet, type FleetEvent, type FleetMember } from './fleet/fleet.ts';
import { newsFor } from './fleet/fleet-events.ts';
import { guess, plannedOf, type RouterSetup } from './setup/setup.ts';
import { Assigner } from './split/assigner.ts';
import { openRates } from './stats/request-rates.ts';
import { keepLease, type LeaseKeeper } from './store/lease-keeper.ts';
import { leaseOf } from './store/lease-of.ts';
import { Shared } from './store/shared-state.ts';
import { openUpstream } from './upstream/upstream.ts';

export interface RouterPorts {
  /** Its calls may fail at any time; null: the router is alone. */
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export interface RouterContext {
  readonly id: string;
  readonly setup: RouterSetup;
  readonly ports: RouterPorts;
  /** The other processes of this router. */
  readonly siblings: Siblings;
}

/** With what the disk remembers. Opens no connection. */
export async function openRouterState(context: RouterContext): Promise<RouterState> {
  const file = openStateFile(context.setup.traffic.stateDir, context.ports.log);
  return new RouterState(context, file, await file.load());
}

export class RouterState {
  readonly fleet: Fleet;
  readonly assigner: Assigner;
  readonly shared: Shared;
  /** Requests a second in the last minute, an instance. */
  readonly rates: ReturnType<typeof openRates>;
  readonly #context: RouterContext;
  readonly #remember: ReturnType<typeof openSnapshotKeeper>;
  readonly #logEvent: ReturnType<typeof newsFor>;
  /** The canary gets nothing on this router, whatever the state says. */
  #held = false;
  #lease: LeaseKeeper | null = null;

  constructor(context: RouterContext, file: StateFile, snapshot: Snapshot | null) {
    const { id, setup, ports } = context;
    const { app, traffic } = setup;
    const { store, clock, log, random } = ports;
    this.#context = context;
    this.#remember = openSnapshotKeeper(file, log);
    this.#logEvent = newsFor(log, () => clock.now());
    const origins = plannedOf(setup).map((one) => ({ ...one, upstream: openUpstream(one.url) }));
    const hear = (event: FleetEvent, member: FleetMember, detail?: string): void =>
      this.#hear(event, member, detail);
    this.fleet = new Fleet(origins, traffic.health, hear, traffic);
    for (const member of this.fleet.members) member.hinted = snapshot?.healthy.includes(member.name) ?? false;
    this.assigner = new Assigner({ app, header: traffic.header, turn: Number.parseInt(random.hex(4), 16) });
    this.rates = openRates(
      () => this.fleet.members,
      () => clock.now(),
    );
    const first = snapshot?.state ?? guess(setup);
    const heard = (state: TrafficState): void => this.#apply(state);
    const save = (state: TrafficState): Promise<void> => this.#save(state);
    this.shared = new Shared({ app, id, store, clock, log, heard, save }, first);
    this.#apply(first);
  }

  /** Writes this router's lease, and keeps it. */
  async announce(): Promise<void> {
    const { id, setup, ports } = this.#context;
    const { store, clock, log } = ports;
    if (store === null) return;
    this.#lease = await keepLease(setup.app, store, clock, log, () =>
      leaseOf(id, this.shared.state, this.fleet, this.rates(), clock.now()),
    );
  }

  async withdraw(): Promise<void> {
    await this.#lease?.stop();
  }

  /** The state is on the disk and with the other processes when it resolves. */
  save(): Promise<void> {
    return this.#save(this.shared.state);
  }

  /** The state is on the disk when it resolves, where this process writes it. */
  keep(): Promise<void> {
    return this.#keep(this.shared.state);
  }

  /** Its instances have changed. */
  changed(): void {
    this.#apply(this.shared.state);
    inBackground('saving the state', this.keep(), this.#context.ports.log);
  }

  /** The canary gets nothing on this router from now on, whatever the state says; false ends that. */
  hold(held: boolean): void {
    this.#held = held;
    this.#apply(this.shared.state);
  }

  closeConnections(): void {
    for (const { upstream } of [...this.fleet.members, ...this.fleet.leaving]) upstream.pool.destroy();
  }

  #hear(event: FleetEvent, member: FleetMember, detail?: string): void {
    this.#logEvent(event, member, detail);
    if (event === 'health') inBackground('saving the state', this.keep(), this.#context.ports.log);
    if (event === 'gone') member.upstream.pool.close();
    this.#lease?.touch();
  }

  #apply(state: TrafficState): void {
    this.fleet.apply(state, this.#held);
    this.assigner.apply(state, this.#held);
    this.#lease?.touch();
  }

  async #keep(state: TrafficState): Promise<void> {
    if (this.#context.siblings.leads()) await this.#remember(state, this.fleet);
  }

  async #save(state: TrafficState): Promise<void> {
    await Promise.all([this.#keep(state), this.#context.siblings.tell(state)]);
  }
}
