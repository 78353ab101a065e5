/** Counters and an analysis as they are written down. Pure. */
import * as v from 'valibot';
import { fail } from '../errors.ts';
import { isLine } from '../shared/text/line.ts';
import { defineRecord, readBy, type Schema } from '../record/record.ts';
import { amount, byName, is, line, list, nullable, object, oneOf, ruled, since } from '../record/fields.ts';
import { metricOf, type Analysis, type BucketRow } from './analysis.ts';
import type { Filling, Peek } from './statistics/buckets.ts';
import { oddityOf, type ArmCounts } from './statistics/counts.ts';
import { newEngine, type Engine } from './statistics/engine.ts';
import { LAST, type Histogram } from './statistics/histogram.ts';
import { slowMetrics, type Latency } from './statistics/latency.ts';
import type { JudgedMetric } from './statistics/metric.ts';
import { oddOption, type AnalysisOptions } from './options.ts';
import type { Count, Tally } from './statistics/tally.ts';

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const number = is<number>(isFinite, 'is no number');
const isNumbers = (value: unknown, length: number): value is number[] =>
  Array.isArray(value) && value.length <= length && value.every(isFinite);
const numbers = is<readonly number[]>((value) => isNumbers(value, 100), 'are no numbers');

const byClass = byName((name) => isLine(name, 100), amount, 1000);
const count: Schema<Count> = object({ requests: amount, hits: amount });

const histogram: Schema<Histogram> = ruled(
  object({
    first: amount,
    counts: is<readonly number[]>(
      (value) => isNumbers(value, LAST + 1) && value.every((one) => one >= 0),
      'are no counts of bins',
    ),
  }),
  ({ first, counts }) =>
    Number.isInteger(first) && first + counts.length <= LAST + 1 ? null : 'has unknown bins',
);

const counts: Schema<ArmCounts> = object({
  requests: amount,
  errors: amount,
  timeouts: amount,
  byClass,
  latency: histogram,
});

/** What one arm has counted. */
export const countsRecord = defineRecord<ArmCounts>({
  name: 'the counters of an arm',
  schema: ruled(counts, oddityOf),
  longest: 1_000_000,
});

const options: Schema<AnalysisOptions> = ruled(
  object({
    confidence: number,
    maxErrorRateIncrease: number,
    maxLatencyIncrease: nullable(number),
    bucketMs: number,
    warmUpMs: number,
  }),
  (found) => {
    const odd = oddOption(found);
    return odd === null ? null : `has ${odd.name} ${odd.value}, it may be ${odd.allowed}`;
  },
);

const tally: Schema<Tally> = object({
  buckets: amount,
  known: count,
  canary: count,
  stable: count,
  spread: object({ canary: amount, stable: amount }),
});

const engine: Schema<Engine> = object({
  tally,
  fail: numbers,
  starts: object({ count: amount, latest: amount, stakes: numbers }),
  pass: numbers,
  margins: list(numbers, 100),
  stageBuckets: amount,
});

const peek: Schema<Peek> = v.pipe(
  object({
    at: number,
    split: number,
    stage: number,
    sources: since(nullable(line(10_000)), null),
    stable: counts,
    canary: counts,
  }),
  v.transform(({ sources, ...rest }) => (sources === null ? rest : { ...rest, sources })),
);

const filling: Schema<Filling> = object({
  since: number,
  from: object({ stable: counts, canary: counts }),
  last: peek,
});

const latency: Schema<Latency> = object({ seen: histogram, beyond: amount, p95: engine, p50: engine });

const row = is<BucketRow>(
  (value) => Array.isArray(value) && value.length === 4 && value.every(isFinite),
  'is no row of four numbers',
);

/** How far an analysis has come. */
export const analysisRecord = defineRecord<Analysis>({
  name: 'the analysis',
  schema: ruled(
    object({
      version: is<1>((value) => value === 1, 'is not 1'),
      options,
      startedAt: number,
      filling: nullable(filling),
      errors: engine,
      latency: nullable(latency),
      restartedAt: number,
      before: count,
      buckets: list(row, 100_000),
      byClass: object({ stable: byClass, canary: byClass }),
      drops: object({ count: amount, last: nullable(line(10_000)) }),
      failed: nullable(object({ metric: oneOf(['errors', 'latency']), at: number })),
    }),
    misfit,
  ),
  longest: 5_000_000,
});

/** Counts of one arm, as a router tells them. Throws `analysis-counts` with the name of the arm. */
export function parseCounts(value: unknown, arm: string): ArmCounts {
  const found = readBy(counts, value);
  if (!found.ok) throw fail('analysis-counts', { arm, reason: 'they are not written as counters are' });
  const reason = oddityOf(found.value);
  if (reason !== null) throw fail('analysis-counts', { arm, reason });
  return found.value;
}

/** What does not belong to the options; null: nothing. */
function misfit({ options: by, errors, latency: slow }: Analysis): string | null {
  if ((by.maxLatencyIncrease === null) !== (slow === null))
    return 'latency is judged or not, as the options say';
  const engines: [string, Engine, JudgedMetric][] = [['errors', errors, metricOf(by)]];
  if (slow !== null)
    engines.push(['latency.p95', slow.p95, slowMetrics.p95], ['latency.p50', slow.p50, slowMetrics.p50]);
  for (const [where, found, metric] of engines) {
    const like = newEngine(metric);
    const lengths = [
      ['fail', found.fail.length === like.fail.length],
      ['starts', found.starts.count >= 1 && found.starts.stakes.length === like.fail.length],
      ['pass', found.pass.length === like.pass.length],
      [
        'margins',
        found.margins.length === like.margins.length && found.margins.every((one) => one.length === 2),
      ],
    ] as const;
    const odd = lengths.find(([, fits]) => !fits);
    if (odd !== undefined) return `${where}.${odd[0]} has a wrong length`;
  }
  return null;
}
