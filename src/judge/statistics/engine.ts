/** Buckets in, capital out: the same engine judges errors and latency. States are plain values. Pure. */
import { failFactor, passFactor, type Shares } from './factor.ts';
import { guessedRate, type JudgedMetric } from './metric.ts';
import { counted, knownOf, newTally, type Bucket, type Count, type KnownRates, type Tally } from './tally.ts';

export interface Engine {
  readonly tally: Tally;
  /** Sums of the fail factors, one a guess. */
  readonly fail: readonly number[];
  readonly starts: Starts;
  /** Sums of the pass factors since this stage began, one a guess. */
  readonly pass: readonly number[];
  /** The same for each of the metric's other margins. */
  readonly margins: readonly (readonly number[])[];
  /** Closed buckets of this stage. */
  readonly stageBuckets: number;
}

/** When capital was staked: at the start of the rollout, of each stage, every ten minutes. */
interface Starts {
  readonly count: number;
  /** Closed buckets before the latest one. */
  readonly latest: number;
  /** A guess: the logarithm of the sum of each start's weight, divided by the fail factors before it. */
  readonly stakes: readonly number[];
}

/** `known`: what stable has done before the rollout. */
export function newEngine(metric: JudgedMetric, known?: Count): Engine {
  const zero = metric.guesses.fail.map(() => 0);
  const starts = { count: 1, latest: 0, stakes: zero.map(() => Math.log(weightOf(1))) };
  return { tally: newTally(known), fail: zero, starts, ...noPass(metric) };
}

/** The engine after a bucket; a bucket without a request on one side changes nothing. */
export function judged(metric: JudgedMetric, engine: Engine, bucket: Bucket): Engine {
  const { canary, stable } = bucket;
  if (canary.requests <= 0 || stable.requests <= 0) return engine;
  const known = knownOf(engine.tally, metric.prior);
  const shares = { canary: canary.hits / canary.requests, stable: stable.hits / stable.requests };
  return {
    tally: counted(engine.tally, bucket, known.failEffect),
    fail: failSums(metric, engine.fail, bucket, shares, known),
    starts: engine.starts,
    pass: passSums(metric, metric.margin, metric.guesses.pass, engine.pass, bucket, shares, known),
    margins: metric.margins.map((margin, at) =>
      passSums(metric, margin, [0, margin / 2], engine.margins[at] ?? [], bucket, shares, known),
    ),
    stageBuckets: engine.stageBuckets + 1,
  };
}

/** What a late regression needs: a part of the capital is staked anew from here. */
export function restarted(engine: Engine): Engine {
  const { tally, fail, starts } = engine;
  // Nothing was judged since the last start: another one would only take capital from the others.
  if (tally.buckets === starts.latest) return engine;
  const count = starts.count + 1;
  const weight = Math.log(weightOf(count));
  const stakes = fail.map((sum, at) => logSum([starts.stakes[at] ?? 0, weight - sum]));
  return { ...engine, starts: { count, latest: tally.buckets, stakes } };
}

/** The first start gets half of the capital, the second a sixth, and so on: all of them never get all of it. */
const weightOf = (start: number): number => 1 / (start * (start + 1));

/** A pass speaks about one stage alone; what spoke for a failure stays. */
export const newStage = (metric: JudgedMetric, engine: Engine): Engine => ({
  ...restarted(engine),
  ...noPass(metric),
});

/** Logarithm of the capital against "the canary is at most the margin worse". */
export function logFail({ fail, starts }: Engine): number {
  const share = Math.log(fail.length);
  const kept = -Math.log(starts.count + 1);
  return logSum([...fail.map((sum, at) => sum + (starts.stakes[at] ?? 0) - share), kept]);
}

/** Logarithm of the capital against "the canary is the margin worse, or more"; `sums` of one margin. */
export const logPass = (sums: readonly number[]): number => logSum(sums) - Math.log(sums.length);

/** Logarithm of the sum of the powers of e. */
export function logSum(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, one) => sum + Math.exp(one - largest), 0));
}

/** A guess counts only where it is worse than what is allowed. */
export const countsAs = (guess: number, stable: number, margin: number): boolean =>
  guess > stable + margin + 1e-9;

/** Stable's requests in a bucket, as the fail side counts them. */
export const failCount = (requests: number, { failEffect }: KnownRates): number =>
  Math.max(1, requests / failEffect);

function failSums(
  { guesses, margin }: JudgedMetric,
  sums: readonly number[],
  { stable }: Bucket,
  shares: Shares,
  known: KnownRates,
): number[] {
  const count = failCount(stable.requests, known);
  return sums.map((sum, at) => {
    const canary = guessedRate(guesses.by, known.stableRate, guesses.fail[at] ?? 0);
    if (!countsAs(canary, known.stableRate, margin)) return sum;
    return sum + failFactor({ canary, stable: known.stableRate, margin }, shares, count);
  });
}

function passSums(
  { guesses }: JudgedMetric,
  margin: number,
  sizes: readonly number[],
  sums: readonly number[],
  { canary, stable }: Bucket,
  shares: Shares,
  { stableRate, passEffect }: KnownRates,
): number[] {
  const count = {
    canary: Math.max(1, canary.requests / passEffect),
    stable: Math.max(1, stable.requests / passEffect),
  };
  return sums.map((sum, at) => {
    const guess = { canary: guessedRate(guesses.by, stableRate, sizes[at] ?? 0), stable: stableRate, margin };
    return sum + passFactor(guess, shares, count);
  });
}

const noPass = ({ guesses, margins }: JudgedMetric): Pick<Engine, 'pass' | 'margins' | 'stageBuckets'> => ({
  pass: guesses.pass.map(() => 0),
  margins: margins.map(() => [0, 0]),
  stageBuckets: 0,
});
