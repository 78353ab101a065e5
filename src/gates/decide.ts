/** What the answers of a gate make of it, and its standing of the whole. Pure. */
import type { GateRules } from '../config/types.ts';
import type { GateAnswer } from './answer.ts';

/** Where a gate stands: a plain value that can be stored. */
export interface GateState {
  readonly outcome: 'pass' | 'fail' | 'unknown';
  /** One line. */
  readonly reason: string;
  /** Noes in a row. An answer that is missing or not known yet neither counts nor breaks the row. */
  readonly noes: number;
  /** In a row without any answer. */
  readonly errors: number;
  /** When it was asked for its last answer in this step; null: not yet. */
  readonly askedAt: number | null;
  /** The step of the canary that it speaks about. */
  readonly step: number;
  /** What a query found; null: nothing, or no finite number. */
  readonly value: number | null;
}

/** By the name of the gate. */
export type GateStates = Readonly<Record<string, GateState>>;

export const notAsked: GateState = {
  outcome: 'unknown',
  reason: 'not asked yet',
  noes: 0,
  errors: 0,
  askedAt: null,
  step: 0,
  value: null,
};

/** The standing at the beginning of a step: a pass has to be earned anew, a failure stays, and so do the rows. */
export function enter(standing: GateState, step: number): GateState {
  if (standing.step === step) return standing;
  if (standing.outcome === 'fail') return { ...standing, step };
  const reason = standing.outcome === 'pass' ? 'not asked yet in this step' : standing.reason;
  return { ...standing, outcome: 'unknown', reason, askedAt: null, step };
}

/** A little early counts: whoever looks every ten seconds is never there to the millisecond. */
export function isDue({ outcome, askedAt }: GateState, everyMs: number, now: number): boolean {
  if (outcome === 'fail') return false;
  if (askedAt === null || now < askedAt) return true;
  return now - askedAt >= everyMs - Math.min(1000, everyMs / 10);
}

/** The standing after an answer to what was asked at a time, in a step. A failure is latched. */
export function decide(
  { failures, errors: mostErrors }: Pick<GateRules, 'failures' | 'errors'>,
  before: GateState,
  answer: GateAnswer,
  asked: { readonly at: number; readonly step: number },
): GateState {
  if (before.outcome === 'fail') return before;
  const late = asked.step !== before.step;
  // What was fine at another weight says nothing about this one.
  if (late && answer.said === 'yes') return before;
  const noes = answer.said === 'yes' ? 0 : before.noes + (answer.said === 'no' ? 1 : 0);
  const errors = answer.said === 'error' ? before.errors + 1 : 0;
  const base = {
    noes,
    errors,
    askedAt: late ? before.askedAt : asked.at,
    step: before.step,
    value: answer.value ?? null,
  };
  if (answer.said === 'no')
    return noes >= failures
      ? { ...base, outcome: 'fail', reason: `${answer.reason}${failures > 1 ? `, ${noes} in a row` : ''}` }
      : { ...base, outcome: 'unknown', reason: `${answer.reason}, ${noes} of ${failures} in a row` };
  if (answer.said === 'error')
    return errors >= mostErrors
      ? { ...base, outcome: 'fail', reason: `no answer ${times(errors)}: ${answer.reason}` }
      : {
          ...base,
          outcome: 'unknown',
          reason: `no answer, ${errors} of ${mostErrors} in a row: ${answer.reason}`,
        };
  return { ...base, outcome: answer.said === 'yes' ? 'pass' : 'unknown', reason: answer.reason };
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times in a row`);

export interface GatesVerdict {
  readonly outcome: 'pass' | 'fail' | 'unknown';
  /** Of the gates that decided it, each with its name. */
  readonly reasons: readonly string[];
}

/** One failure fails all, one that is not known leaves all open; no gates at all pass. */
export function verdictOf(standings: GateStates): GatesVerdict {
  const all = Object.entries(standings);
  const outcome =
    (['fail', 'unknown'] as const).find((one) => all.some(([, standing]) => standing.outcome === one)) ??
    'pass';
  const reasons = all.flatMap(([name, standing]) =>
    standing.outcome === outcome ? [`${name}: ${standing.reason}`] : [],
  );
  return { outcome, reasons };
}
