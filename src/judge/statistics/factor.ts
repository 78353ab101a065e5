/**
 * One factor of the capital: how much one bucket speaks against a hypothesis about the canary's rate. Pure numbers.
 * Rates are 0 to 1. The method, with its proof, is told in docs/analysis.md.
 */

/** What is known before the bucket, for one guess. */
interface Guess {
  /** The canary's rate as guessed. */
  readonly canary: number;
  /** Stable's rate as known so far. */
  readonly stable: number;
  /** By so much the canary may be worse. */
  readonly margin: number;
}

/** How a bucket counts: the requests of each arm, after they are divided by how many errors arrive as one. */
export interface Effective {
  readonly canary: number;
  readonly stable: number;
}

/** The shares of a bucket's requests that failed, 0 to 1. */
export interface Shares {
  readonly canary: number;
  readonly stable: number;
}

/** Stable's rate in the member of the hypothesis that is closest to the guess; the canary's is that plus the margin. */
export function closest({ canary, stable, margin }: Guess, count: Effective): number {
  const met = canary - margin;
  let low = met > stable ? stable : Math.max(1e-9, met);
  let high = met > stable ? met : stable;
  for (let step = 0; step < 60; step += 1) {
    const q = (low + high) / 2;
    // The two ends are neighbours: no number lies between them.
    if (q === low || q === high) break;
    const u = q + margin;
    // Which of the two slopes is steeper, without their divisors: this is where the time goes.
    const rises = count.canary * (canary - u) * q * (1 - q) > count.stable * (q - stable) * u * (1 - u);
    if (rises) low = q;
    else high = q;
  }
  return (low + high) / 2;
}

/** One bet against "the canary is at most `margin` worse": what is staked, before the bucket is seen. */
export interface Bet {
  /** The canary's and stable's rate in the closest member of the hypothesis. */
  readonly u: number;
  readonly q: number;
  readonly stake: number;
}

/** The whole bucket of the canary is one observation, which is why bursts inside a bucket do no harm. */
export function betOn(guess: Guess, stableCount: number): Bet {
  const q = closest(guess, { canary: 1, stable: stableCount });
  const u = q + guess.margin;
  return { u, q, stake: (guess.canary - u) / (u * (1 - u)) };
}

/** What the bet wins by the canary's share of failures, as a logarithm. */
export const winnings = ({ stake, u }: Bet, share: number): number =>
  Math.log(Math.max(1 + stake * (share - u), 1e-12));

/** What the bet pays for stable's share of failures, as a logarithm. */
export const stablePart = (share: number, stable: number, q: number, count: number): number =>
  count * likelihood(share, stable, q);

/** The logarithm of one fail factor. */
export function failFactor(guess: Guess, shares: Shares, stableCount: number): number {
  const bet = betOn(guess, stableCount);
  return winnings(bet, shares.canary) + stablePart(shares.stable, guess.stable, bet.q, stableCount);
}

/** The logarithm of one pass factor: against "the canary is `margin` worse or more". */
export function passFactor(guess: Guess, shares: Shares, count: Effective): number {
  // So near to 1 nothing can be ruled out.
  if (guess.stable + guess.margin >= 0.999) return 0;
  const q = closest(guess, count);
  return (
    count.canary * likelihood(shares.canary, guess.canary, q + guess.margin) +
    stablePart(shares.stable, guess.stable, q, count.stable)
  );
}

/** Logarithm of the likelihood ratio of one request, on the average. */
const likelihood = (share: number, guessed: number, other: number): number =>
  (share > 0 ? share * Math.log(guessed / other) : 0) +
  (share < 1 ? (1 - share) * Math.log((1 - guessed) / (1 - other)) : 0);
