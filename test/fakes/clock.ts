import type { Clock } from '../../src/ports.ts';

export interface FakeClock extends Clock {
  /** Lets time pass: each sleep that ends on the way resolves at its own moment, and what follows from it runs first. */
  advance(ms: number): Promise<void>;
  /** How many sleeps are waiting. */
  sleeping(): number;
}

/** A clock that stands still until it is told to advance. */
export function fakeClock(start = 1_800_000_000_000): FakeClock {
  let now = start;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

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
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = next.at;
        next.wake();
        await settled();
      }
      now = end;
      await settled();
    },
  };
}

/** Resolves when everything that could run without time passing has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
