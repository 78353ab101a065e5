/** Whole weights that give a share as exactly as HAProxy can. Pure. */

/** The highest weight that a server may have. */
const mostWeight = 256;

interface Factors {
  /** What the ratios of each arm are multiplied with, 1 or more. */
  readonly stable: number;
  readonly canary: number;
  /** Percent of the new requests that the canary then gets. */
  readonly given: number;
}

/** Weights in their smallest whole numbers: 50, 100 are 1, 2. Only zeros: all are the same. */
export function ratiosOf(weights: readonly number[]): readonly number[] {
  const common = weights.reduce(divisor, 0);
  return common === 0 ? weights.map(() => 1) : weights.map((one) => one / common);
}

/** A hundredth of a point is as good as exact: of those the smallest weights win, their turns are the shortest. */
const fine = 0.005;

/**
 * `share` in percent above 0, between servers with these ratios. Stable keeps a factor of 1 at least: with 0 nobody would answer
 * when the canary dies. So very small and very large shares are not met; `given` says what it comes to.
 */
export function factorsFor(share: number, stable: readonly number[], canary: readonly number[]): Factors {
  const sums = { stable: sum(stable), canary: sum(canary) };
  if (sums.canary === 0) return { stable: 1, canary: 1, given: 0 };
  if (sums.stable === 0) return { stable: 1, canary: 1, given: 100 };
  let best = weighed(1, 1, sums);
  for (let one = 1; one <= limit(canary); one += 1) {
    const exact = (one * sums.canary * (100 - share)) / (share * sums.stable);
    const tried = weighed(Math.min(limit(stable), Math.max(1, Math.round(exact))), one, sums);
    if (off(tried, share) < off(best, share)) best = tried;
    if (off(best, share) <= fine) break;
  }
  return best;
}

function weighed(stable: number, canary: number, sums: { stable: number; canary: number }): Factors {
  const [ofStable, ofCanary] = [stable * sums.stable, canary * sums.canary];
  return { stable, canary, given: (100 * ofCanary) / (ofCanary + ofStable) };
}

const off = ({ given }: Factors, share: number): number => Math.abs(given - share);
const limit = (ratios: readonly number[]): number =>
  Math.max(1, Math.floor(mostWeight / Math.max(...ratios)));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
