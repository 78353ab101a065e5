import type { Clock } from '../../src/ports/ports.ts';

export interface FakeClock extends Clock {
  /** Lets time pass: each sleep that ends on the way resolves at its own moment, and what follows from it runs first. */
  advance(ms: number): Promise<void>;
  /** Lets time pass by itself until the work has ended: from one sleep that ends to the next. */
  drive<T>(work: Promise<T>): Promise<T>;
  /** How many sleeps are waiting. */
  sleeping(): number;
}

/** A clock that stands still until it is told to advance. */
export function fakeClock(start = 1_800_000_000_000): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();

  return {
    now: () => now,
    sleeping: () => sleepers.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true || !(ms > 0)) return resolve();
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    async drive(work) {
      let over = false;
      const end = (): void => void (over = true);
      work.then(end, end);
      for (;;) {
        await settled();
        if (over) return work;
        const next = first(sleepers);
        if (next === undefined) throw new Error('nobody sleeps, and the work does not end');
        now = Math.max(now, next.at);
        next.wake();
      }
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const next = first(sleepers);
        if (next === undefined || next.at > end) break;
        now = next.at;
        next.wake();
        await settled();
      }
      now = end;
      await settled();
    },
  };
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** The one that wakes next; of two at the same moment the one that fell asleep first. */
function first(sleepers: Iterable<Sleeper>): Sleeper | undefined {
  let found: Sleeper | undefined;
  for (const sleeper of sleepers) if (found === undefined || sleeper.at < found.at) found = sleeper;
  return found;
}

/** Resolves when everything that could run without time passing has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
