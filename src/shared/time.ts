/** Waiting, repeating and limits: the one place for them. */
import { isCanopyError } from '../errors/common.ts';
import type { Clock, Log } from '../ports/ports.ts';
import { stackOf } from './text/thrown.ts';

const FIRST_MS = 1000;
const MOST_MS = 60_000;

export interface LoopPorts {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Runs a loop until the signal. One that throws must not end the service: it is told and begun again, each time a little
 * later, at once when it had run for a while. Never rejects.
 */
export async function keepRunning(
  name: string,
  loop: (signal: AbortSignal) => Promise<void>,
  { clock, log }: LoopPorts,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = FIRST_MS;
  while (!signal.aborted) {
    const began = clock.now();
    try {
      return await loop(signal);
    } catch (error) {
      if (clock.now() - began >= MOST_MS) waitMs = FIRST_MS;
      log.warn(`${name} failed and is begun again: ${told(error)}`);
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(2 * waitMs, MOST_MS);
    }
  }
}

/** For work that nobody waits for: its failure is told. */
export function inBackground(name: string, work: Promise<unknown>, log: Pick<Log, 'warn'>): void {
  work.catch((error: unknown) => log.warn(`${name} failed: ${told(error)}`));
}

/** What only we can be the cause of, with where it happened. */
function told(error: unknown): string {
  if (isCanopyError(error)) return error.message;
  return `a defect of Canopy: ${stackOf(error)}`;
}

type Sleeper = Pick<Clock, 'sleep'>;

/**
 * Looks until there is an answer, with a pause after each look that has none: `look` gives undefined then. The signal ends a
 * pause early; what that means is for the look that follows to say. The pause may be worked out after each look.
 */
export async function until<T>(
  clock: Sleeper,
  pauseMs: number | (() => number),
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await clock.sleep(typeof pauseMs === 'number' ? pauseMs : pauseMs(), signal);
  }
}

/**
 * Works, and again after each pause, until the signal. `work` may give the pause that follows it, in milliseconds, or false when
 * there is nothing more to do; `firstMs`: the pause before it all.
 */
export async function every(
  clock: Sleeper,
  pauseMs: number,
  work: () => Promise<number | false | void>,
  signal: AbortSignal,
  firstMs = 0,
): Promise<void> {
  if (firstMs > 0) await clock.sleep(firstMs, signal);
  while (!signal.aborted) {
    const found = await work();
    if (found === false) return;
    await clock.sleep(found ?? pauseMs, signal);
  }
}

/** Works until that succeeds. `pauseAfter` says how long to wait after a failure, or throws what is no matter of waiting. */
export async function retry<T>(
  clock: Sleeper,
  work: () => Promise<T>,
  pauseAfter: (error: unknown, tries: number) => number,
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    let pauseMs: number;
    try {
      return await work();
    } catch (error) {
      pauseMs = pauseAfter(error, tries);
    }
    await clock.sleep(pauseMs, signal);
  }
}

/** Waits until the work is done, at most so long: it goes on then. Rejects with what it throws meanwhile. */
export async function atMost(
  clock: Sleeper,
  limitMs: number,
  work: Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const ends = [done.signal, ...(signal === undefined ? [] : [signal])];
  try {
    await Promise.race([work, clock.sleep(limitMs, AbortSignal.any(ends))]);
  } finally {
    done.abort();
  }
}

/** A pause that may be ended early. Whoever wakes it while nobody pauses ends the next one at once. */
export class WakeablePause {
  #woken = new AbortController();

  wake(): void {
    this.#woken.abort();
  }

  async sleep(clock: Sleeper, ms: number, signal: AbortSignal): Promise<void> {
    await clock.sleep(ms, AbortSignal.any([this.#woken.signal, signal]));
    this.#woken = new AbortController();
  }
}

/** The time is over, and what was waited for may still come. */
export class TooLate extends Error {}

/** Waits for a promise at most so long: a store that hangs must not hang the router. Throws `TooLate`. */
export async function withTimeout<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
