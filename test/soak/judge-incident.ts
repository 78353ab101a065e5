/** Whole rollouts through the counters: the split goes from 5 to 50 % in the middle of an incident of both arms. */
import { strict as assert } from 'node:assert';
import {
  newAnalysis,
  noCounts,
  outcomeOf,
  peek,
  type Analysis,
  type ArmCounts,
} from '../../src/judge/index.ts';
import { binomial, randomOf } from '../../src/judge/statistics/draws.ts';

export const options = {
  confidence: 0.99,
  maxErrorRateIncrease: 0.01,
  maxLatencyIncrease: null,
  bucketMs: 10_000,
  warmUpMs: 30_000,
};

/** Counters after so many more requests, of which so many have failed. */
export const more = (counts: ArmCounts, requests: number, errors: number): ArmCounts => ({
  ...counts,
  requests: counts.requests + requests,
  errors: counts.errors + errors,
  byClass: { '5xx': counts.errors + errors },
});

/** How many of `runs` rollouts of 25 minutes are aborted. */
export function checkIncidents(runs: number, seed: number): number {
  return Array.from({ length: runs }, (_, run) => rollout(seed + run)).filter(Boolean).length;
}

function rollout(seed: number): boolean {
  const random = randomOf(seed);
  // Both happen at any second, not when somebody looks.
  const begins = 300 + Math.floor(random() * 300);
  const changes = begins + 10 + Math.floor(random() * 100);
  let analysis: Analysis = newAnalysis({ ...options, maxLatencyIncrease: null }, 0);
  let [stable, canary] = [noCounts, noCounts];
  for (let second = 0; second <= 1500; second += 1) {
    const split = second < changes ? 5 : 50;
    if (second % 10 === 0)
      analysis = peek(analysis, { at: second * 1000, stable, canary, split, stage: split });
    const rate = second >= begins && second < begins + 120 ? 0.5 : 0.001;
    const own = binomial(random, 100, split / 100);
    canary = more(canary, own, binomial(random, own, rate));
    stable = more(stable, 100 - own, binomial(random, 100 - own, rate));
  }
  assert(analysis.errors.tally.buckets > 140, `only ${analysis.errors.tally.buckets} buckets; seed ${seed}`);
  return outcomeOf(analysis) === 'fail';
}
