/** How a canary goes from step to step: look on, next step, or the end. Pure. */
import type { Outcome } from '../../shared/verdict.ts';

export interface CanaryStep {
  /** Percent. */
  readonly weight: number;
  readonly forMs: number;
}

export interface RampFacts {
  readonly now: number;
  readonly steps: readonly CanaryStep[];
  /** The present one, from 0, and when it began. */
  readonly step: number;
  readonly stepAt: number;
  /** Why the canary takes no traffic any more; null: it does. */
  readonly gone: string | null;
  /** Of the judge, about this step. */
  readonly judged: Outcome;
  /** Of the gates of canopy.yml; without any it is a pass. */
  readonly gates: 'pass' | 'fail' | 'unknown';
}

export interface RampRules {
  readonly onInconclusive: 'wait' | 'pass' | 'fail';
  readonly maxWaitMs: number;
}

export type RampDecision =
  /** `waiting`: the step's time is over, a verdict is not there. */
  | { readonly kind: 'look'; readonly waiting: boolean }
  | { readonly kind: 'next'; readonly step: number; readonly proven: boolean }
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly why: RampEnd };

/** What ended it. */
export type RampEnd = 'gone' | 'judged' | 'gates' | 'steps' | 'wait' | 'policy';

export function decideRamp(facts: RampFacts, rules: RampRules): RampDecision {
  const { now, steps, step, stepAt, judged, gates } = facts;
  if (facts.gone !== null) return end('fail', 'gone');
  if (judged === 'fail') return end('fail', 'judged');
  if (gates === 'fail') return end('fail', 'gates');
  const spent = now - stepAt;
  const own = steps[step]?.forMs ?? 0;
  if (spent < own) return { kind: 'look', waiting: false };
  // A last share without a time is where a canary ends that was judged before.
  const proven = (judged === 'pass' && gates === 'pass') || (own === 0 && step > 0 && gates === 'pass');
  if (!proven && rules.onInconclusive === 'fail') return end('fail', 'policy');
  if (!proven && rules.onInconclusive === 'wait')
    return spent < own + rules.maxWaitMs ? { kind: 'look', waiting: true } : end('inconclusive', 'wait');
  if (step + 1 < steps.length) return { kind: 'next', step: step + 1, proven };
  return end('pass', proven ? 'steps' : 'policy');
}

/** The step at which a canary with this share stands: the first that has as much. */
export function stepOf(steps: readonly CanaryStep[], weight: number): number {
  const found = steps.findIndex((step) => step.weight >= weight);
  return found < 0 ? Math.max(0, steps.length - 1) : found;
}

const end = (outcome: Outcome, why: RampEnd): RampDecision => ({ kind: 'end', outcome, why });
