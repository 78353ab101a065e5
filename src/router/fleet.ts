/**
 * The instances behind the router: who is usable, who is next, how many requests each has in flight. A request counts
 * from the pick to the end of its exchange with the instance, so that the drain handshake can stand on the number.
 */
import { shareOf, type Seen, type TrafficState } from '../traffic/index.ts';
import { newCounters, type Counters } from './counters.ts';
import { eject, observe, unknownHealth, type Health, type Thresholds } from './health.ts';
import { armFor, nextPlace } from './pick.ts';
import type { Upstream } from './upstream.ts';
import { isCanaryNext, tenthsOf, turned } from './wheel.ts';

export type Arm = 'stable' | 'canary';

export interface Member {
  readonly name: string;
  readonly arm: Arm;
  readonly upstream: Upstream;
  readonly counters: Counters;
  health: Health;
  /** Healthy when the router was last stopped: stands in for the first check. */
  hinted: boolean;
  drained: boolean;
  inFlight: number;
}

export interface Origin {
  readonly name: string;
  readonly arm: Arm;
  readonly upstream: Upstream;
}

/** What the fleet tells: health has changed, or a drained instance has fewer requests in flight. */
export type FleetNews = 'health' | 'flight';

export class Fleet {
  readonly members: readonly Member[];
  /** First picks since the share was last changed. */
  readonly observed = { stable: 0, canary: 0 };
  readonly #arms: Readonly<Record<Arm, readonly Member[]>>;
  readonly #last: Record<Arm, number> = { stable: -1, canary: -1 };
  readonly #limits: Thresholds;
  readonly #heard: (news: FleetNews, member: Member) => void;
  #wheel = 0;
  #tenths = 0;

  constructor(
    origins: readonly Origin[],
    limits: Thresholds,
    heard: (news: FleetNews, member: Member) => void,
  ) {
    this.members = origins.map((origin) => ({
      ...origin,
      counters: newCounters(),
      health: unknownHealth,
      hinted: false,
      drained: false,
      inFlight: 0,
    }));
    this.#arms = { stable: this.#of('stable'), canary: this.#of('canary') };
    this.#limits = limits;
    this.#heard = heard;
  }

  /** Takes a state over: from here on no request is picked against it. `held`: the canary gets nothing whatever the state says. */
  apply(state: TrafficState, held: boolean): void {
    const tenths = held ? 0 : tenthsOf(shareOf(state));
    if (tenths !== this.#tenths) Object.assign(this.observed, { stable: 0, canary: 0 });
    this.#tenths = tenths;
    for (const member of this.members) member.drained = Object.hasOwn(state.drained, member.name);
  }

  /** Percent that the canary gets now. */
  get share(): number {
    return this.#tenths / 10;
  }

  /** The instance for a new request, in flight from now on; null when nobody can take it. */
  pick(): Member | null {
    const wanted = isCanaryNext(this.#wheel, this.#tenths) ? 'canary' : 'stable';
    this.#wheel = turned(this.#wheel, this.#tenths);
    const member = this.#next(wanted, null);
    if (member !== null) this.observed[member.arm] += 1;
    return member;
  }

  /** Another instance for a request that `failed` could not take; that one again when `again` and there is no other. */
  another(failed: Member, again: boolean): Member | null {
    const member = this.#next(failed.arm, failed);
    if (member !== null) return member;
    return again && isUsable(failed) && (failed.arm === 'stable' || this.#tenths > 0)
      ? this.#enter(failed)
      : null;
  }

  /** The exchange is over. */
  leave(member: Member): void {
    member.inFlight -= 1;
    if (member.drained) this.#heard('flight', member);
  }

  /** One check has answered. */
  checked(member: Member, ok: boolean): void {
    this.#become(member, observe(member.health, ok, this.#limits));
  }

  /** A connection could not be made. */
  ejected(member: Member): void {
    this.#become(member, eject(member.health));
  }

  usable(arm: Arm): number {
    return this.#arms[arm].filter(isUsable).length;
  }

  arm(arm: Arm): readonly Member[] {
    return this.#arms[arm];
  }

  #next(wanted: Arm, not: Member | null): Member | null {
    const can = (member: Member | undefined): boolean =>
      member !== undefined && member !== not && isUsable(member);
    const usable = { stable: this.#arms.stable.some(can), canary: this.#arms.canary.some(can) };
    const arm = armFor(wanted, usable, this.#tenths);
    if (arm === null) return null;
    const members = this.#arms[arm];
    const place = nextPlace(members.length, this.#last[arm], (at) => can(members[at]));
    const member = members[place];
    if (member === undefined) return null;
    this.#last[arm] = place;
    return this.#enter(member);
  }

  #enter(member: Member): Member {
    member.inFlight += 1;
    return member;
  }

  #become(member: Member, health: Health): void {
    const before = member.health.state;
    member.health = health;
    member.hinted = false;
    if (before !== health.state) this.#heard('health', member);
  }

  #of(arm: Arm): readonly Member[] {
    return this.members.filter((member) => member.arm === arm);
  }
}

export const isUsable = (member: Member): boolean =>
  !member.drained &&
  (member.health.state === 'healthy' || (member.hinted && member.health.state === 'unknown'));

/** What a lease says of it. */
export const seenOf = (member: Member): Seen => member.health.state;
