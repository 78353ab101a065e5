import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `probe` gives something other than null, undefined or false; fails after the deadline with what was hoped for.
 * The deadline is for what never comes. It is long, because a busy machine is no error.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  deadlineMs = 30_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== null && value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new Error(`waited ${deadlineMs} ms in vain for ${what}`, { cause: last });
    await sleep(20);
  }
}
