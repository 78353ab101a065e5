/** Loops that go on for as long as a service runs. */
import { isCanopyError } from './errors.ts';
import type { Clock, Log } from './ports/ports.ts';

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
  return `a defect of Canopy: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
