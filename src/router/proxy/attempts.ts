/** How often a request is given to an instance. Pure but for its own state. */
import type { FleetMember } from '../fleet/fleet.ts';
import type { Failure } from '../upstream/failure.ts';

/** It is sent so often at most: what kills one instance must not kill the next ones, one after the other. */
const MOST_SENT = 3;
/** So long after its first failure it is given to nobody else any more: its client waits. */
const REPEAT_MS = 10_000;

export class Attempts {
  /** Who has failed it, in turn. */
  readonly failed: FleetMember[] = [];
  readonly #since: number;
  #sent = 0;

  /** `now`: of its first failure, by the clock of `performance.now()`. */
  constructor(now: number) {
    this.#since = now;
  }

  /** `member` has failed it too. */
  add(member: FleetMember, { kind }: Failure): void {
    this.failed.push(member);
    if (kind !== 'unsent') this.#sent += 1;
  }

  /**
   * Whether it may be given to somebody else: when nothing was sent, or when one that may be sent twice was not answered with a
   * single byte. `isWhole`: its body, if any, can be sent from the beginning.
   */
  allow({ kind }: Failure, now: number, request: { isIdempotent: boolean; isWhole: boolean }): boolean {
    if (!request.isWhole || this.#sent >= MOST_SENT || now - this.#since > REPEAT_MS) return false;
    return kind === 'unsent' || (kind === 'unanswered' && request.isIdempotent);
  }
}
