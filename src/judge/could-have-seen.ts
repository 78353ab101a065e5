/** The smallest increase of the error rate that would have been seen in the buckets so far: they are replayed with it. Pure. */
import { countsAs, failCount } from './statistics/engine.ts';
import { betOn, stablePart, winnings, type Bet } from './statistics/factor.ts';
import { guessedRate, type JudgedMetric } from './statistics/metric.ts';
import { counted, knownOf, newTally, type Bucket, type Count } from './statistics/tally.ts';

/** Increases that are tried: 1.1 to 10 points by a tenth, then to 98 by one. */
const increases = [
  ...Array.from({ length: 90 }, (_, at) => (11 + at) / 1000),
  ...Array.from({ length: 88 }, (_, at) => (11 + at) / 100),
];

/** One guess in one bucket, as it was staked before the bucket. */
interface Staked {
  readonly bet: Bet;
  readonly stableRate: number;
  /** What the bet pays when stable behaves as known. */
  readonly cost: number;
  /** Requests of the canary, divided by how many errors arrive as one. */
  readonly draws: number;
}

/**
 * The smallest increase, 0 to 1, with which some guess would on the average have reached the limit and some more; null:
 * not even the largest. `alpha`: share of false aborts that is allowed. Costs milliseconds: not for every look.
 */
export function couldHaveSeen(
  metric: JudgedMetric,
  buckets: readonly Bucket[],
  alpha: number,
  known?: Count,
): number | null {
  const staked = stakes(metric, buckets, known);
  const needed = Math.log(1 / alpha) + Math.log(2 * metric.guesses.fail.length) + 1;
  const enough = (increase: number): boolean =>
    staked.some((bets) => bets.reduce((sum, bet) => sum + expected(bet, increase), 0) >= needed);
  // A larger increase is always seen sooner: halve.
  let [low, high] = [0, increases.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (enough(increases[middle] ?? 1)) high = middle;
    else low = middle + 1;
  }
  return increases[low] ?? null;
}

/** The bets of each guess, bucket by bucket. */
function stakes(
  { guesses, margin, prior }: JudgedMetric,
  buckets: readonly Bucket[],
  before?: Count,
): Staked[][] {
  const staked = guesses.fail.map((): Staked[] => []);
  let tally = newTally(before);
  for (const bucket of buckets) {
    const known = knownOf(tally, prior);
    const { stableRate } = known;
    const count = failCount(bucket.stable.requests, known);
    const draws = Math.max(1, Math.round(bucket.canary.requests / known.passEffect));
    for (const [at, size] of guesses.fail.entries()) {
      const canary = guessedRate(guesses.by, stableRate, size);
      if (!countsAs(canary, stableRate, margin)) continue;
      const bet = betOn({ canary, stable: stableRate, margin }, count);
      const cost = stablePart(stableRate, stableRate, bet.q, count);
      staked[at]?.push({ bet, stableRate, cost, draws });
    }
    tally = counted(tally, bucket, known.failEffect);
  }
  return staked;
}

/** What the bet brings on the average when the canary fails by so much more. */
function expected({ bet, stableRate, cost, draws }: Staked, increase: number): number {
  const rate = Math.min(stableRate + increase, 0.999);
  const middle = draws * rate;
  // Beyond nine deviations there is nothing left to count.
  const reach = 9 * Math.sqrt(draws * rate * (1 - rate)) + 9;
  const first = Math.max(0, Math.floor(middle - reach));
  const last = Math.min(draws, Math.ceil(middle + reach));
  let chance = Math.exp(
    logChoose(draws, first) + first * Math.log(rate) + (draws - first) * Math.log(1 - rate),
  );
  let sum = cost;
  for (let hits = first; hits <= last; hits += 1) {
    sum += chance * winnings(bet, hits / draws);
    chance *= ((draws - hits) / (hits + 1)) * (rate / (1 - rate));
  }
  return sum;
}

/** Logarithm of the number of ways to choose `some` of `all`. */
function logChoose(all: number, some: number): number {
  let sum = 0;
  for (let at = 1; at <= some; at += 1) sum += Math.log((all - some + at) / at);
  return sum;
}
