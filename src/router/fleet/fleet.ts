/**
 * The instances behind the router: who is usable, who is next, how many requests each has in flight. A request counts
 * from the pick to the end of its exchange with the instance, so that the drain handshake can stand on the number.
 */
import { isOpen as isCanaryOpen, shareOf, type TrafficState } from '../../traffic/index.ts';
import { answered, closedCircuit, failedOn, isOpen, type Circuit } from '../split/circuit-breaker.ts';
import { isUsable, newMember, type Arm, type FleetMember, type Origin } from './fleet-member.ts';
import { eject, observe, type MemberHealth, type Thresholds } from './health.ts';
import { RepeatBudget } from './repeat-budget.ts';
import { ALWAYS, armFor, FREE, isForced, wantedArm } from '../split/arm.ts';
import { RoundRobin, type Care } from '../split/round-robin.ts';
import { tenthsOf, turned } from '../split/weighted-split.ts';
import { blameOf, type Failure } from '../upstream/failure.ts';

export { type Arm, type FleetMember, type Origin } from './fleet-member.ts';

/**
 * What the fleet tells: health or a circuit has changed, a drained instance has fewer requests in flight, one that was
 * dropped has none any more, or an answer was refused (`detail`: why).
 */
export type FleetEvent = 'health' | 'circuit' | 'flight' | 'gone' | 'refused';

type Heard = (news: FleetEvent, member: FleetMember, detail?: string) => void;

/** A request that an instance has failed. */
interface Failed {
  /** Who has failed it so far, in turn; the last one just now. */
  readonly failed: readonly FleetMember[];
  /** Whether it may be sent again at all. */
  readonly mayBeRepeated: boolean;
  /** A header has chosen its side, and it stays there. */
  readonly forced: boolean;
}

const nobody: readonly FleetMember[] = [];

export class Fleet {
  /** Dropped, with requests in flight still. */
  readonly leaving = new Set<FleetMember>();
  /** First picks since the split was last changed; `forced`: those that a header asked for, no part of the others. */
  readonly observed = { stable: 0, canary: 0, forced: 0 };
  /** Whether no request is to be passed on. */
  maintenance = false;
  #members: readonly FleetMember[] = [];
  #arms: Readonly<Record<Arm, readonly FleetMember[]>> = { stable: [], canary: [] };
  #turns: Readonly<Record<Arm, RoundRobin<FleetMember>>>;
  readonly #care: Care;
  readonly #limits: Thresholds;
  readonly #heard: Heard;
  readonly #budget = new RepeatBudget();
  #wheel = 0;
  #tenths = 0;
  /** Whether the canary may get requests at all. */
  #open = false;
  #split = '';
  #drained: TrafficState['drained'] = {};

  constructor(origins: readonly Origin[], limits: Thresholds, heard: Heard, care: Care) {
    this.#care = care;
    this.#limits = limits;
    this.#heard = heard;
    this.#turns = this.#grouped([]);
    this.add(origins);
  }

  get members(): readonly FleetMember[] {
    return this.#members;
  }

  /** New instances; they are used from their first successful check. */
  add(origins: readonly Origin[]): readonly FleetMember[] {
    const fresh = origins.map((origin) => newMember(origin, Object.hasOwn(this.#drained, origin.name)));
    this.#turns = this.#grouped([...this.#members, ...fresh]);
    return fresh;
  }

  /** Gives them no new request from here on; each is told as `gone` when it has none in flight. */
  drop(gone: readonly FleetMember[]): void {
    this.#turns = this.#grouped(this.#members.filter((member) => !gone.includes(member)));
    for (const member of gone) {
      this.#drain(member, true);
      this.leaving.add(member);
      this.#left(member);
    }
  }

  /** Takes a state over: from here on no request is picked against it. `held`: the canary gets nothing whatever the state says. */
  apply(state: TrafficState, held: boolean): void {
    const tenths = held ? 0 : tenthsOf(shareOf(state));
    const split = `${tenths} ${state.sticky} ${state.salt}`;
    if (split !== this.#split) Object.assign(this.observed, { stable: 0, canary: 0, forced: 0 });
    this.#split = split;
    this.#tenths = tenths;
    this.#open = isCanaryOpen(state) && !held;
    this.#drained = state.drained;
    this.maintenance = state.maintenance !== null;
    for (const member of this.members) this.#drain(member, Object.hasOwn(state.drained, member.name));
  }

  /** Percent that the canary gets now. */
  get share(): number {
    return this.#tenths / 10;
  }

  /**
   * The instance for a new request, in flight from now on; null when nobody can take it. `place`: of its client, 0 to
   * 9999, or FREE, ALWAYS, NEVER.
   */
  pickUpstream(place = FREE): FleetMember | null {
    const wanted = wantedArm(place, this.#wheel, this.#tenths);
    if (place === FREE) this.#wheel = turned(this.#wheel, this.#tenths);
    // Who asks for the canary gets it also while its share is 0, but never while it is not to be used.
    const tenths = place === ALWAYS && this.#open ? Math.max(1, this.#tenths) : this.#tenths;
    const member = this.#next(wanted, nobody, tenths);
    this.#budget.asked();
    if (member !== null) this.observed[isForced(place) ? 'forced' : member.arm] += 1;
    return member;
  }

  /**
   * `member` has failed a request. Returns who gets it then, in flight from now on: another instance of its side; the other side,
   * unless a header has chosen; that one again, which may just have closed a connection that was idle. Null: nobody does.
   */
  failedBy(member: FleetMember, failure: Failure, request: Failed): FleetMember | null {
    const blame = blameOf(failure);
    if (blame === 'gone') this.ejected(member);
    else if (blame === 'failed') this.failed(member);
    else if (blame === 'answered') this.answered(member, 502);
    if (failure.kind === 'refused') this.#heard('refused', member, failure.reason);
    const { failed, mayBeRepeated, forced } = request;
    // Where nobody was there nobody is stormed.
    if (failed.length > 1 && blame !== 'gone') this.#budget.failed();
    if (!mayBeRepeated || (blame !== 'gone' && !this.#budget.isLeft)) return null;
    const mayStay = member.arm === 'stable' || (this.#open && (this.#tenths > 0 || forced));
    const another = mayStay ? this.#turns[member.arm].next(failed) : null;
    if (another !== null) return this.#enter(another);
    const elsewhere = forced ? null : this.#next(member.arm, failed, this.#tenths);
    if (elsewhere !== null) return elsewhere;
    const mayHaveItAgain = mayStay && failed.length === 1 && failure.kind === 'unanswered';
    return mayHaveItAgain && isUsable(member) ? this.#enter(member) : null;
  }

  /** The exchange is over. */
  leave(member: FleetMember): void {
    member.inFlight -= 1;
    if (member.drained) this.#heard('flight', member);
    this.#left(member);
  }

  /** So many more (or fewer) of those in flight are long-lived. */
  settled(member: FleetMember, change: number): void {
    member.longLived += change;
    if (member.drained) this.#heard('flight', member);
  }

  /** One check has answered. */
  checked(member: FleetMember, ok: boolean): void {
    this.#become(member, observe(member.health, ok, this.#limits));
  }

  /** A connection could not be made. */
  ejected(member: FleetMember): void {
    this.#become(member, eject(member.health));
  }

  /** The instance has begun an answer with this status. */
  answered(member: FleetMember, status: number): void {
    if (status >= 500 && this.#care.circuit.on5xx) this.failed(member);
    else if (member.circuit.until !== 0 || member.circuit.failures !== 0)
      this.#circuit(member, answered(member.circuit, performance.now()));
  }

  /** The instance took a request and did not answer it, or could not take it in time. */
  failed(member: FleetMember): void {
    this.#circuit(member, failedOn(member.circuit, performance.now(), this.#care.circuit));
  }

  usable(arm: Arm): number {
    return this.#arms[arm].filter(isUsable).length;
  }

  arm(arm: Arm): readonly FleetMember[] {
    return this.#arms[arm];
  }

  #next(wanted: Arm, not: readonly FleetMember[], tenths: number): FleetMember | null {
    const can = (member: FleetMember): boolean => isUsable(member) && !not.includes(member);
    const usable = { stable: this.#arms.stable.some(can), canary: this.#arms.canary.some(can) };
    const arm = armFor(wanted, usable, tenths);
    if (arm === null) return null;
    const member = this.#turns[arm].next(not);
    return member === null ? null : this.#enter(member);
  }

  #enter(member: FleetMember): FleetMember {
    member.inFlight += 1;
    return member;
  }

  #become(member: FleetMember, health: MemberHealth): void {
    const before = member.health.state;
    member.health = health;
    member.hinted = false;
    if (before === 'unhealthy' && health.state === 'healthy') this.#isBack(member);
    if (before !== health.state) this.#heard('health', member);
  }

  #drain(member: FleetMember, out: boolean): void {
    if (out && !member.drained) member.drainedAt = performance.now();
    if (!out && member.drained) this.#isBack(member);
    member.drained = out;
  }

  /** What was held against it is of the past, and it begins slowly. */
  #isBack(member: FleetMember): void {
    const now = performance.now();
    member.circuit = { ...closedCircuit, trips: member.circuit.trips, closedAt: now };
    member.warmSince = this.#care.slowStartMs > 0 ? now : 0;
    member.credit = 0;
  }

  #circuit(member: FleetMember, circuit: Circuit): void {
    const before = member.circuit;
    member.circuit = circuit;
    if (isOpen(before) !== isOpen(circuit)) this.#heard('circuit', member);
  }

  #grouped(members: readonly FleetMember[]): Readonly<Record<Arm, RoundRobin<FleetMember>>> {
    const of = (arm: Arm): readonly FleetMember[] => members.filter((member) => member.arm === arm);
    this.#members = members;
    this.#arms = { stable: of('stable'), canary: of('canary') };
    const turns = (arm: Arm): RoundRobin<FleetMember> =>
      new RoundRobin(this.#arms[arm], isUsable, this.#care);
    return { stable: turns('stable'), canary: turns('canary') };
  }

  #left(member: FleetMember): void {
    if (member.inFlight === 0 && this.leaving.delete(member)) this.#heard('gone', member);
  }
}
