/**
 * Whose turn it is within one arm: round robin over those that are usable, but for an open circuit, and less often for one
 * that warms up. How much goes to which arm is decided before and never changes here.
 */
import type { CircuitConfig } from '../../config/types.ts';
import { admits, isOpen, isPanic, tried, type Circuit } from './circuit-breaker.ts';
import { nextSlot } from './arm.ts';
import { taken, warmth } from './slow-start.ts';

/** What a member of the fleet has for its turns. */
export interface RoundRobinMember {
  circuit: Circuit;
  /** Since when it warms up; 0: it is warm. By the clock of `performance.now()`. */
  warmSince: number;
  /** What it has gathered of a turn while it warms up. */
  credit: number;
}

/** How carefully instances are used: the circuit, and the slow start. */
export interface Care {
  readonly circuit: CircuitConfig;
  readonly slowStartMs: number;
}

export class RoundRobin<M extends RoundRobinMember> {
  readonly #members: readonly M[];
  readonly #isUsable: (member: M) => boolean;
  readonly #care: Care;
  #last = -1;

  constructor(members: readonly M[], isUsable: (member: M) => boolean, care: Care) {
    this.#members = members;
    this.#isUsable = isUsable;
    this.#care = care;
  }

  /** The next one, but none of `not`; null when nobody is usable. */
  next(not: readonly M[]): M | null {
    const members = this.#members;
    const can = (place: number): boolean => {
      const member = members[place];
      return member !== undefined && this.#isUsable(member) && !not.includes(member);
    };
    const place = members.some(isSpecial) ? this.#carefully(can) : this.#after(can);
    const member = members[place];
    if (member === undefined) return null;
    this.#last = place;
    return member;
  }

  #carefully(can: (place: number) => boolean): number {
    const now = performance.now();
    const panic = this.#isPanic();
    const open = (place: number): boolean => panic || admits((this.#members[place] as M).circuit, now);
    const warm = (place: number): boolean => this.#takesTurn(this.#members[place] as M, now);
    let place = this.#after((at) => can(at) && open(at) && warm(at));
    // Nobody is warm: then the warmest could not do it alone either.
    if (place < 0) place = this.#after((at) => can(at) && open(at));
    // Nobody else is left: better one that failed than nobody.
    if (place < 0) place = this.#after(can);
    const member = this.#members[place];
    if (member !== undefined) member.circuit = tried(member.circuit, now, this.#care.circuit);
    return place;
  }

  #isPanic(): boolean {
    let healthy = 0;
    let open = 0;
    for (const member of this.#members) {
      if (!this.#isUsable(member)) continue;
      healthy += 1;
      if (isOpen(member.circuit)) open += 1;
    }
    return isPanic(open, healthy, this.#care.circuit);
  }

  #takesTurn(member: M, now: number): boolean {
    if (member.warmSince === 0) return true;
    const share = warmth(now - member.warmSince, this.#care.slowStartMs);
    if (share === 1) {
      member.warmSince = 0;
      return true;
    }
    const turn = taken(member.credit, share);
    member.credit = turn.credit;
    return turn.takes;
  }

  #after(can: (place: number) => boolean): number {
    return nextSlot(this.#members.length, this.#last, can);
  }
}

const isSpecial = (member: RoundRobinMember): boolean => member.circuit.until !== 0 || member.warmSince !== 0;
