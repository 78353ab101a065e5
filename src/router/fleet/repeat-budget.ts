/**
 * How much repeating is left, so that a fleet that is dying is not stormed by requests that are sent again and again. Pure but
 * for its own state. Each request gives a part of one, each repeat that fails too costs one: repeats that help are free.
 */

/** Of the requests. */
const SHARE = 0.2;
/** So many are left at the start, and at the most. */
const MOST = 100;

export class RepeatBudget {
  #left = MOST;

  /** A request has come. */
  asked(): void {
    this.#left = Math.min(MOST, this.#left + SHARE);
  }

  /** A request that was repeated has failed again. Those on their way at the same time may leave a debt. */
  failed(): void {
    this.#left -= 1;
  }

  get isLeft(): boolean {
    return this.#left >= 1;
  }
}
