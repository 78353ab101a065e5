/**
 * Kept connections that end while nobody asks. A server that has died ends them, and so does one that keeps none for long: after
 * the same time, again and again, and the next check is good. That is learnt, so that it is not taken for an outage each time. Pure but for its own state.
 */

/** Two are the same time when they differ by no more. */
const ALIKE = 0.2;

export class IdleEnds {
  readonly #onBroken: () => void;
  /** After so long it ends them by itself; null: not known. */
  #usualMs: number | null = null;
  /** The last end that meant nothing. */
  #harmlessMs: number | null = null;
  /** The one that the next check is about. */
  #doubtfulMs: number | null = null;

  constructor(onBroken: () => void) {
    this.#onBroken = onBroken;
  }

  /** One has ended after it had been idle for so long. */
  ended(idleMs: number): void {
    if (this.#usualMs !== null && idleMs >= this.#usualMs * (1 - ALIKE)) return;
    this.#doubtfulMs = idleMs;
    this.#onBroken();
  }

  /** The server was asked. */
  checked(isWell: boolean): void {
    const ms = this.#doubtfulMs;
    this.#doubtfulMs = null;
    if (ms === null || !isWell) return;
    const before = this.#harmlessMs;
    this.#harmlessMs = ms;
    if (before !== null && Math.abs(before - ms) <= ALIKE * Math.max(before, ms))
      this.#usualMs = Math.min(before, ms);
  }
}
