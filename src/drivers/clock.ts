import type { Clock } from '../ports/ports.ts';

/** The longest that setTimeout can wait; longer ones would fire at once. */
const longest = 2 ** 31 - 1;

/** The clock of this machine. A sleep keeps the process alive and never rejects. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true || !(ms > 0)) return resolve();
      const over = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, Math.min(ms, longest));
      signal?.addEventListener('abort', over, { once: true });
    }),
};
