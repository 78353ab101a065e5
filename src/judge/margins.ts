/** Which increases of the error rate are ruled out. Pure. */
import { logPass, type Engine } from './statistics/engine.ts';
import { margins } from './statistics/metric.ts';

/** Logarithm of what a pass needs: at most one false one in 20, a stage. */
export const PASS_LIMIT = Math.log(20);

/** Closed buckets of a stage without which nothing but a failure is said. */
export const LEAST = 3;

/** The smallest margin (0 to 1) that is ruled out together with all larger ones in this stage; null: none. */
export function ruledOut(engine: Engine): number | null {
  let smallest: number | null = null;
  for (const [at, margin] of [...margins.entries()].reverse()) {
    if (logPass(engine.margins[at] ?? []) < PASS_LIMIT) break;
    smallest = margin;
  }
  return smallest;
}
