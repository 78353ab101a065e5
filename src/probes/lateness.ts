/** How late checks begin. Pure but for its own state. */

/** Upper ends of its bins, in milliseconds; what is later counts to the last. */
const BINS = [1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 250, 500, 1000, 5000, 60_000] as const;

export class Lateness {
  readonly #counts = new Array<number>(BINS.length).fill(0);
  #all = 0;

  add(lateMs: number): void {
    const found = BINS.findIndex((end) => lateMs <= end);
    const at = found === -1 ? BINS.length - 1 : found;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#all += 1;
  }

  /** Percent of the checks have begun no later; null: there were none. */
  quantile(percent: number): number | null {
    let sum = 0;
    for (const [at, count] of this.#counts.entries()) {
      sum += count;
      if (this.#all > 0 && sum >= (this.#all * percent) / 100) return BINS[at] ?? null;
    }
    return null;
  }

  get count(): number {
    return this.#all;
  }
}
