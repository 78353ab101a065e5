/** Limits how often an address may guess. Pure but for what it keeps. */

const WRONG_A_SECOND = 5;
const MOST_ADDRESSES = 10_000;
/** No address. */
const EVERYBODY_ELSE = '';

/**
 * Whether an address has sent too many in the last second. Who is forgotten first has been quiet the longest; while so many are
 * busy that none can be forgotten, all that are new share one count.
 */
export class WrongTokens {
  readonly #wrong = new Map<string, readonly number[]>();

  /** Counts one more; `now` in milliseconds. */
  tooMany(address: string, now: number): boolean {
    const wrong = this.#wrong;
    if (!wrong.has(address) && wrong.size >= MOST_ADDRESSES) this.#forgetQuiet(now);
    const name = wrong.has(address) || wrong.size < MOST_ADDRESSES ? address : EVERYBODY_ELSE;
    const recent = this.#lately(name, now);
    if (recent.length >= WRONG_A_SECOND) return true;
    // At the end of the line: the first ones have been quiet the longest.
    wrong.delete(name);
    wrong.set(name, [...recent, now]);
    return false;
  }

  #forgetQuiet(now: number): void {
    for (const name of this.#wrong.keys()) {
      if (this.#lately(name, now).length > 0) break;
      this.#wrong.delete(name);
    }
  }

  #lately(name: string, now: number): readonly number[] {
    return (this.#wrong.get(name) ?? []).filter((at) => now >= at && now - at < 1000);
  }
}
