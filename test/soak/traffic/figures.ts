/** What a process holds, over time. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.ts';

export interface Held {
  /** Seconds since the begin. */
  readonly at: number;
  /** Megabytes. */
  readonly rss: number;
  /** Megabytes of the heap and of buffers, after a full collection. */
  readonly heap: number;
  readonly descriptors: number;
}

const MB = 1 << 20;

/** Measures a process that has loaded heap-tell.mjs with this folder. */
export async function heldBy(pid: number, folder: string, at: number): Promise<Held> {
  const file = join(folder, `heap-${pid}`);
  const before = textOr(file);
  process.kill(pid, 'SIGWINCH');
  const text = await waitFor('what it holds', () => {
    const now = textOr(file);
    return now !== before && now.endsWith('\n') ? now : null;
  });
  const { heapUsed, external } = JSON.parse(text) as { heapUsed: number; external: number };
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  return { at, rss, heap: (heapUsed + external) / MB, descriptors };
}

/** Units a minute, by least squares. */
export function slope(points: readonly (readonly [seconds: number, value: number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
  const middle = mean(points.map(([x]) => x));
  const level = mean(points.map(([, y]) => y));
  const spread = points.reduce((sum, [x]) => sum + (x - middle) ** 2, 0);
  const together = points.reduce((sum, [x, y]) => sum + (x - middle) * (y - level), 0);
  return spread === 0 ? 0 : (together / spread) * 60;
}

function textOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has not told anything yet.
    return '';
  }
}
