import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Processes whose environment holds this variable (`NAME=value`). */
export function bearers(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
      } catch (error) {
        // It ended while we looked, or is another user's.
        if (['ENOENT', 'ESRCH', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code)))
          return false;
        throw error;
      }
    })
    .map(Number);
}

/** A dead process that nobody has collected does not run. */
export const isRunning = (pid: number): boolean =>
  /^State:\s+[^ZX]/m.test(spawnSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }).stdout);
