/**
 * Looks after everything that takes time, in one tick for all: clients that are too slow, and long-lived connections of
 * instances that are drained. Nothing here costs a timer for a request.
 */
import type { Limits } from '../../config/types.ts';
import type { Fleet, FleetMember } from '../fleet/fleet.ts';

const TICK_MS = 250;
/** After it was asked to end, a long-lived connection may wait so long for the end of a frame or event. */
const POLITE_MS = 2000;

export interface Watched {
  /** Looks whether somebody is too slow. */
  tick(now: number): void;
}

/** A tunnel or an event stream. */
export interface LongLived {
  readonly member: FleetMember;
  /** Ends it at the next end of a frame or event. */
  close(): void;
  /** Ends it at once. */
  cut(): void;
}

export class Timeouts {
  readonly limits: Limits;
  readonly #fleet: Fleet;
  readonly #drainMs: number;
  readonly #watched = new Set<Watched>();
  /** Each with the time at which it was asked to end; 0: not yet. */
  readonly #longLived = new Map<LongLived, number>();
  readonly #timer: NodeJS.Timeout;
  /** When all of it is to end, because the router stops. */
  #endAt = Number.POSITIVE_INFINITY;

  constructor(fleet: Fleet, limits: Limits, drainMs: number) {
    this.#fleet = fleet;
    this.limits = limits;
    this.#drainMs = drainMs;
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS).unref();
  }

  enter(one: Watched): void {
    this.#watched.add(one);
  }

  leave(one: Watched): void {
    this.#watched.delete(one);
  }

  /** From now on its request counts as long-lived. */
  settle(one: LongLived): void {
    this.#longLived.set(one, 0);
    this.#fleet.settled(one.member, 1);
  }

  /** It is over; does nothing for what never settled. */
  unsettle(one: LongLived): void {
    if (this.#longLived.delete(one)) this.#fleet.settled(one.member, -1);
  }

  /** The router stops: long-lived connections have their window, but never more than `graceMs`, when they would be cut. */
  stopping(graceMs: number): void {
    const left = Math.max(0, graceMs - POLITE_MS - TICK_MS);
    this.#endAt = performance.now() + Math.min(this.#drainMs, left);
  }

  end(): void {
    clearInterval(this.#timer);
    for (const one of [...this.#longLived.keys()]) one.cut();
  }

  #tick(now: number): void {
    for (const one of this.#watched) one.tick(now);
    for (const [one, asked] of this.#longLived) {
      if (asked > 0) {
        if (now - asked >= POLITE_MS) one.cut();
      } else if (this.#isDue(one.member, now)) {
        this.#longLived.set(one, now);
        one.close();
      }
    }
  }

  #isDue(member: FleetMember, now: number): boolean {
    return now >= this.#endAt || (member.drained && now - member.drainedAt >= this.#drainMs);
  }
}
