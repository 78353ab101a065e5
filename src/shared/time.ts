/** Waiting, repeating and limits: the one place for them. */
import { isCanopyError } from '../errors.ts';
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

/** Looks until there is an answer, with a pause after each look that has none: `look` gives undefined then. */
export async function until<T>(
  clock: Pick<Clock, 'sleep'>,
  everyMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await clock.sleep(everyMs);
  }
}

/** Works, and again after each pause, until the signal. `work` may give the pause that follows it, in milliseconds. */
export async function every(
  clock: Pick<Clock, 'sleep'>,
  pauseMs: number,
  work: () => Promise<number | void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) await clock.sleep((await work()) ?? pauseMs, signal);
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
