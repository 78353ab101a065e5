import type { ChildProcess } from 'node:child_process';

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** The process does not outlive this one, which also ends by an exit when it is told to stop (scripts/reporter.mjs). */
export function endWithUs(child: ChildProcess): void {
  living.add(child);
  child.once('exit', () => living.delete(child));
}
