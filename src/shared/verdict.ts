/** What a gate, an analysis or a rollout says: a value, never an exception. */
export type Outcome = 'pass' | 'fail' | 'inconclusive';

export interface Verdict {
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
}

const rank: Record<Outcome, number> = { pass: 0, inconclusive: 1, fail: 2 };

export const pass = (...reasons: string[]): Verdict => ({ outcome: 'pass', reasons });
export const failed = (...reasons: string[]): Verdict => ({ outcome: 'fail', reasons });

/** The worse of two verdicts, with the reasons of both. */
export function worst(a: Verdict, b: Verdict): Verdict {
  return {
    outcome: rank[a.outcome] >= rank[b.outcome] ? a.outcome : b.outcome,
    reasons: [...a.reasons, ...b.reasons],
  };
}

/** The worst of any number of verdicts; none at all is a pass without reasons. */
export const worstOf = (verdicts: readonly Verdict[]): Verdict => verdicts.reduce(worst, pass());
