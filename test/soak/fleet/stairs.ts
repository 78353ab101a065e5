/** The batches as they were begun: the way back takes the last of them first. */
export class Stairs {
  /** How many of each batch were touched and are not back. */
  readonly #open: number[];
  readonly #begun: boolean[];
  readonly #away = new Set<string>();
  #top = -1;

  constructor(batches: number) {
    this.#open = Array.from({ length: batches }, () => 0);
    this.#begun = Array.from({ length: batches }, () => false);
  }

  isBegun(batch: number): boolean {
    return this.#begun[batch] === true;
  }

  /** An instance of it was touched. What is dead goes nowhere. */
  up(batch: number, name: string, isAlive: boolean): void {
    this.#begun[batch] = true;
    if (!isAlive) return;
    this.#away.add(name);
    this.#open[batch] = (this.#open[batch] ?? 0) + 1;
    this.#top = Math.max(this.#top, batch);
  }

  /** It is back, or nobody can bring it back. */
  down(batch: number, name: string): void {
    if (!this.#away.delete(name)) return;
    this.#open[batch] = (this.#open[batch] ?? 0) - 1;
    while (this.#top >= 0 && this.#open[this.#top] === 0) this.#top -= 1;
  }

  checkTop(batch: number, name: string): void {
    if (batch < this.#top)
      throw new Error(`${name}: goes back with batch ${batch + 1} while ${this.#top + 1} is not back`);
  }
}
