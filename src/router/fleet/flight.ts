/** A request in flight on an instance: it counts there once, when it is over. */
import { countAnswer, type Counters } from './counters.ts';
import type { Fleet, FleetMember } from './fleet.ts';

interface Landing {
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** The client has gone away, or broken a rule of ours. */
  readonly byClient: boolean;
  /** How long it took says something of the instance. */
  readonly isTimed: boolean;
}

export class Flight {
  readonly member: FleetMember;
  readonly counters: Counters;
  readonly #fleet: Fleet;
  readonly #since = performance.now();

  /** It was picked just now. */
  constructor(fleet: Fleet, member: FleetMember, forced: boolean) {
    this.#fleet = fleet;
    this.member = member;
    this.counters = forced ? member.forced : member.counters;
  }

  /** The instance has answered it, or nobody has. */
  end({ status, byClient, isTimed }: Landing): void {
    if (byClient && status === 0) this.counters.aborted += 1;
    else countAnswer(this.counters, status, isTimed ? (performance.now() - this.#since) / 1000 : null);
    this.#fleet.leave(this.member);
  }

  /** The instance has failed it; another one gets it. */
  passOn(): void {
    this.counters.retried += 1;
    this.#fleet.leave(this.member);
  }
}
