/**
 * What is due when: one timer for all. Items that are due within the same tick are run together, so that ten thousand of them
 * wake the process fifty times a second and not seven hundred.
 */

const TICK_MS = 20;
/** It looks so many ticks ahead for the next item; without any it wakes after so long. */
const AHEAD = 50;

export interface WheelItem {
  /** By `performance.now()`; null: not at all. The wheel's own. */
  dueAt: number | null;
}

export class Wheel<T extends WheelItem> {
  readonly #run: (item: T, lateMs: number) => void;
  /** By the tick. What was moved since stands there, too: its own time says so. */
  readonly #slots = new Map<number, T[]>();
  #done = Math.floor(performance.now() / TICK_MS);
  #armed = Infinity;
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;

  constructor(run: (item: T, lateMs: number) => void) {
    this.#run = run;
  }

  start(): void {
    this.#isRunning = true;
    this.#arm(this.#next());
  }

  stop(): void {
    this.#isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#armed = Infinity;
  }

  /** In place of the time that it had. */
  set(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    const tick = Math.max(tickOf(dueAt), this.#done + 1);
    const slot = this.#slots.get(tick);
    if (slot === undefined) this.#slots.set(tick, [item]);
    else slot.push(item);
    if (tick < this.#armed && this.#isRunning) this.#arm(tick);
  }

  #arm(tick: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#armed = tick;
    this.#timer = setTimeout(this.#fire, Math.max(0, tick * TICK_MS - performance.now()));
  }

  readonly #fire = (): void => {
    const now = performance.now();
    const last = Math.floor(now / TICK_MS);
    // A machine that slept has many ticks to make up for, and few of them are in use.
    const ticks = last - this.#done > this.#slots.size ? this.#used(last) : range(this.#done + 1, last);
    for (const tick of ticks) this.#turn(tick, now);
    this.#done = Math.max(this.#done, last);
    if (this.#isRunning) this.#arm(this.#next());
  };

  #used(last: number): number[] {
    return [...this.#slots.keys()].filter((tick) => tick <= last).sort((a, b) => a - b);
  }

  #turn(tick: number, now: number): void {
    const slot = this.#slots.get(tick);
    if (slot === undefined) return;
    this.#slots.delete(tick);
    this.#done = Math.max(this.#done, tick);
    for (const item of slot) {
      const { dueAt } = item;
      if (dueAt === null || tickOf(dueAt) > tick) continue;
      item.dueAt = null;
      this.#run(item, now - dueAt);
    }
  }

  #next(): number {
    for (let tick = this.#done + 1; tick <= this.#done + AHEAD; tick += 1)
      if (this.#slots.has(tick)) return tick;
    return this.#done + AHEAD;
  }
}

/** The first tick that is not before. */
const tickOf = (at: number): number => Math.ceil(at / TICK_MS);

function* range(from: number, to: number): Generator<number> {
  for (let at = from; at <= to; at += 1) yield at;
}
