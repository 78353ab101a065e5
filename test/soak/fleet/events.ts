/** What is going to happen, in virtual time: the next event of all, however many wait. */
export class Events {
  now = 0;
  #count = 0;
  readonly #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];

  /** At the same moment the one that was planned first comes first. */
  at(time: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: Math.max(time, this.now), order: this.#count++, run });
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1;
      if (this.#isBefore(parent, child)) break;
      this.#swap(parent, child);
      child = parent;
    }
  }

  /** Lets time pass until the next event has happened; false when none waits. */
  next(): boolean {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return false;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    this.now = first.at;
    first.run();
    return true;
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const end = this.now + ms;
    while ((this.#heap[0]?.at ?? Number.POSITIVE_INFINITY) <= end) this.next();
    this.now = end;
  }

  #sink(): void {
    const size = this.#heap.length;
    for (let parent = 0; ;) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      if (left >= size) return;
      const child = right < size && this.#isBefore(right, left) ? right : left;
      if (this.#isBefore(parent, child)) return;
      this.#swap(parent, child);
      parent = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, two] = [this.#heap[a], this.#heap[b]];
    if (!one || !two) return false;
    return one.at < two.at || (one.at === two.at && one.order < two.order);
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  }
}
