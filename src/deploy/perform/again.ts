/** What may be done twice is tried again: a connection that was cut, a disk that was full for a moment. */
import { CanopyError } from '../../errors.ts';
import type { Clock, Log } from '../../ports/ports.ts';
import { retry } from '../../shared/time.ts';

const pausesMs = [300, 1000, 3000];

/** Another run has taken over, or somebody else is at work there: to insist changes nothing. */
const final: ReadonlySet<string> = new Set(['lock-stale', 'lock-lost', 'host-busy', 'token-unreadable']);

/** The result of `work`; what it throws when it fails each time. */
export async function again<T>(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  about: string,
  work: () => Promise<T>,
): Promise<T> {
  return retry(clock, work, (error, tries) => {
    const pauseMs = pausesMs[tries - 1];
    if (pauseMs === undefined || !(error instanceof CanopyError) || final.has(error.code)) throw error;
    log.info(`trying again: ${error.message}`, about);
    return pauseMs;
  });
}
