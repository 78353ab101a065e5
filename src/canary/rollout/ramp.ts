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
  const { now, steps, step, stepAt } = facts;
  const against = failureIn(facts);
  if (against !== null) return end('fail', against);
  const spent = now - stepAt;
  const own = steps[step]?.forMs ?? 0;
  if (spent < own) return { kind: 'look', waiting: false };
  const proven = isProven(facts, own);
  if (!proven && rules.onInconclusive !== 'pass') return unproven(rules, spent - own);
  if (step + 1 < steps.length) return { kind: 'next', step: step + 1, proven };
  return end('pass', proven ? 'steps' : 'policy');
}

/** What speaks against the canary, at any time; null: nothing does. */
function failureIn({ gone, judged, gates }: RampFacts): 'gone' | 'judged' | 'gates' | null {
  if (gone !== null) return 'gone';
  if (judged === 'fail') return 'judged';
  return gates === 'fail' ? 'gates' : null;
}

/** A last share without a time is where a canary ends that was judged before. */
const isProven = ({ step, judged, gates }: RampFacts, forMs: number): boolean =>
  gates === 'pass' && (judged === 'pass' || (forMs === 0 && step > 0));

/** The time of its step is over for so long, and nothing shows that it is as good. */
function unproven({ onInconclusive, maxWaitMs }: RampRules, waitedMs: number): RampDecision {
  if (onInconclusive === 'fail') return end('fail', 'policy');
  return waitedMs < maxWaitMs ? { kind: 'look', waiting: true } : end('inconclusive', 'wait');
}

/** The step at which a canary with this share stands: the first that has as much. */
export function stepOf(steps: readonly CanaryStep[], weight: number): number {
  const found = steps.findIndex((step) => step.weight >= weight);
  return found < 0 ? Math.max(0, steps.length - 1) : found;
}

const end = (outcome: Outcome, why: RampEnd): RampDecision => ({ kind: 'end', outcome, why });
