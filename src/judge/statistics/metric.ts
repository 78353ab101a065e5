/** What is asked of one metric: the margin, the guesses, the limits. Pure. */
import type { Prior } from './tally.ts';

export interface JudgedMetric {
  /** By so much the canary's rate may be higher, 0 to 1. */
  readonly margin: number;
  readonly guesses: Guesses;
  readonly prior: Prior;
  /** Margins that are tried beside the own one, to tell what is ruled out. */
  readonly margins: readonly number[];
}

/** Rates of the canary that are bet on: stable's plus a difference, or its odds times a ratio. */
type Guesses =
  | { readonly by: 'difference'; readonly fail: readonly number[]; readonly pass: readonly number[] }
  | { readonly by: 'odds'; readonly fail: readonly number[]; readonly pass: readonly number[] };

/** Differences that `ruled out` is told for: half a point to fifty points. */
export const margins = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;

/** Failed requests; `margin` is maxErrorRateIncrease, above 0 and at most 0.5. */
export function errorMetric(margin: number): JudgedMetric {
  const fail = [2 * margin, 5 * margin, 15 * margin, 0.5, 0.9].filter((one) => one > margin);
  return {
    margin,
    guesses: { by: 'difference', fail, pass: [0, margin / 2] },
    prior: { hits: 0.5, requests: 50 },
    margins,
  };
}

/** Requests slower than stable's quantile (0.95, 0.5). */
export function slowMetric(quantile: number): JudgedMetric {
  return {
    margin: 0,
    guesses: { by: 'odds', fail: [1.5, 2.5, 6, 20], pass: [1 / 1.5, 1 / 1.2] },
    prior: { hits: 101 * (1 - quantile), requests: 101 },
    margins: [],
  };
}

/** The canary's rate by one guess. */
export function guessedRate(by: Guesses['by'], stable: number, size: number): number {
  if (by === 'difference') return Math.min(stable + size, 0.99);
  const odds = (stable / (1 - stable)) * size;
  return odds / (1 + odds);
}
