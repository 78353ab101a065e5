/** The exit code that Node itself gives to a program whose last promise nobody settles. */
const unsettled = 13;

/**
 * Runs the program. When it ends without an answer, because a promise is never settled and nothing is left to wait for, that
 * is no success: the exit code is 13.
 */
export function start(work: () => Promise<void>): void {
  process.exitCode = unsettled;
  void work().then(() => {
    if (process.exitCode === unsettled) process.exitCode = 0;
  });
}
