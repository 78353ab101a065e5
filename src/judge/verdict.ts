/** What an analysis says so far: pass, fail or inconclusive, and why. Pure. */
import type { Outcome } from '../shared/verdict.ts';
import { failLimit, metricOf, type Analysis } from './analysis.ts';
import { armsBetween } from './statistics/counts.ts';
import { couldHaveSeen } from './could-have-seen.ts';
import { logFail, logPass } from './statistics/engine.ts';
import { logNotSlower, logSlower, NEEDED, seenOf } from './statistics/latency.ts';
import { LEAST, PASS_LIMIT, ruledOut } from './margins.ts';
import { alphaOf } from './options.ts';
import { latencySaid, reasonsOf, sentenceOf } from './sentence.ts';
import type { Bucket, Count } from './statistics/tally.ts';

/** One metric: its outcome, and the logarithms of its capitals beside what they need. */
interface MetricVerdict {
  readonly outcome: Outcome;
  readonly fail: number;
  readonly failLimit: number;
  readonly pass: number;
  readonly passLimit: number;
}

export interface Judgement {
  readonly outcome: Outcome;
  /** The verdict in one sentence. */
  readonly sentence: string;
  readonly reasons: readonly string[];
  readonly errors: MetricVerdict;
  /** Null: not judged. */
  readonly latency: MetricVerdict | null;
  /** In closed buckets; hits are errors. */
  readonly canary: Count;
  readonly stable: Count;
  /** Closed buckets of the rollout and of this stage, and how often one was thrown away. */
  readonly buckets: number;
  readonly stageBuckets: number;
  readonly dropped: number;
  /** Points by which the canary is not worse, as far as this stage can tell; null: nothing is ruled out. */
  readonly ruledOut: number | null;
  /** Points: the smallest increase that would have been seen; null: not even the largest. */
  readonly couldHaveSeen: number | null;
}

/** So many buckets without a request on one arm, and what was known is no longer said of now. */
const IDLE = 6;

/** The outcome alone: cheap, for every look. */
export function outcomeOf(analysis: Analysis): Outcome {
  if (analysis.failed !== null) return 'fail';
  if (holdUp(analysis) !== null) return 'inconclusive';
  const metrics = [errorsOf(analysis), latencyOf(analysis)];
  return metrics.every((one) => one === null || one.outcome === 'pass') ? 'pass' : 'inconclusive';
}

/** The whole verdict; replays the buckets, which costs some milliseconds. */
export function verdictOf(analysis: Analysis): Judgement {
  const { errors, options, before } = analysis;
  const seen = couldHaveSeen(metricOf(options), analysis.buckets.map(bucketOf), alphaOf(options), before);
  const margin = ruledOut(errors);
  const figures = {
    outcome: outcomeOf(analysis),
    errors: errorsOf(analysis),
    latency: latencyOf(analysis),
    canary: errors.tally.canary,
    stable: errors.tally.stable,
    buckets: errors.tally.buckets,
    stageBuckets: errors.stageBuckets,
    dropped: analysis.drops.count,
    ruledOut: margin === null ? null : points(margin),
    couldHaveSeen: seen === null ? null : points(seen),
  };
  const told = { ...figures, failed: analysis.failed?.metric ?? null, holdUp: holdUp(analysis) };
  return {
    ...figures,
    sentence: sentenceOf(told, latencySaid(analysis)),
    reasons: reasonsOf(told, analysis),
  };
}

const errorsOf = ({ errors, failed, options }: Analysis): MetricVerdict =>
  metricVerdict(logFail(errors), logPass(errors.pass), failed?.metric === 'errors', failLimit(options));

const latencyOf = ({ latency, failed, options }: Analysis): MetricVerdict | null =>
  latency &&
  metricVerdict(logSlower(latency), logNotSlower(latency), failed?.metric === 'latency', failLimit(options));

const metricVerdict = (fail: number, pass: number, failed: boolean, limit: number): MetricVerdict => ({
  outcome: failed ? 'fail' : fail < limit && pass >= PASS_LIMIT ? 'pass' : 'inconclusive',
  fail,
  failLimit: limit,
  pass,
  passLimit: PASS_LIMIT,
});

/** What keeps any verdict but a failure from being said; null: nothing. */
function holdUp(analysis: Analysis): string | null {
  const { errors, filling, options, latency } = analysis;
  const idle = filling === null ? null : idleArm(analysis);
  if (idle !== null) return idle;
  if (errors.tally.buckets === 0) return 'nothing was compared yet';
  if (errors.stageBuckets < LEAST)
    return `${errors.stageBuckets} of ${LEAST} buckets of ${options.bucketMs / 1000} s that a stage needs are closed`;
  if (latency !== null && seenOf(latency) < NEEDED)
    return `stable has answered ${seenOf(latency)} of the ${NEEDED} requests that latency is judged by`;
  return null;
}

function idleArm({ filling, options, startedAt }: Analysis): string | null {
  if (filling === null) return null;
  const { from, last, since } = filling;
  if (last.at < startedAt + options.warmUpMs || last.at - since < IDLE * options.bucketMs) return null;
  const { stable, canary } = armsBetween(from, last);
  const seconds = Math.round((last.at - since) / 1000);
  if (stable.requests < 1) return `stable took no request for ${seconds} s: there is nothing to compare with`;
  return canary.requests < 1 ? `the canary took no request for ${seconds} s` : null;
}

const bucketOf = ([canary, canaryErrors, stable, stableErrors]: Analysis['buckets'][number]): Bucket => ({
  canary: { requests: canary, hits: canaryErrors },
  stable: { requests: stable, hits: stableErrors },
});

const points = (share: number): number => Math.round(share * 1000) / 10;
