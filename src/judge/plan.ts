/** The power of an analysis, step by step. Pure. */
import type { AnalysisOptions } from './options.ts';
import { seenAtEnd, timeToAbort, timeToAbortSlow, timeToPass, type Reached } from './power.ts';

export interface Power {
  /** The canary's part of the traffic, 0 to 1, and how long the step is. */
  readonly share: number;
  readonly ms: number;
  /** By the increase of errors, 0 to 1. */
  readonly abort: readonly { readonly increase: number; readonly after: Reached }[];
  /** For answers that take twice as long; `off`: latency is not judged. */
  readonly abortSlow: Reached | 'off';
  /** For a canary that is just like stable: by its errors alone, and by everything that is judged. */
  readonly passErrors: Reached;
  readonly pass: Reached;
  /** The smallest increase that would be seen by the end of the step, 0 to 1; null: not even the largest. */
  readonly seen: number | null;
}

const increases = [0.05, 0.2, 0.5] as const;

/** `perSecond`: requests of both arms together; `errorRate`: stable's, 0 to 1. Takes some hundred milliseconds. */
export function powerOf(
  options: AnalysisOptions,
  perSecond: number,
  errorRate: number,
  steps: readonly { readonly share: number; readonly ms: number }[],
): Power[] {
  const seen = seenAtEnd(options, perSecond, errorRate, steps);
  return steps.map(({ share, ms }, at) => {
    const traffic = { perSecond, share, errorRate };
    const passErrors = timeToPass(options, traffic, false);
    const judgesLatency = options.maxLatencyIncrease !== null;
    return {
      share,
      ms,
      abort: increases.map((increase) => ({ increase, after: timeToAbort(options, traffic, increase) })),
      abortSlow: judgesLatency ? timeToAbortSlow(options, traffic, 2) : 'off',
      passErrors,
      pass: judgesLatency ? timeToPass(options, traffic, true) : passErrors,
      seen: seen[at] ?? null,
    };
  });
}
