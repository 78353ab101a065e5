/** Counters and an analysis that were written down, read like a stranger's input. Pure. */
import { fail } from '../errors.ts';
import { metricOf, type Analysis, type Row } from './analysis.ts';
import type { Filling, Peek } from './buckets.ts';
import { oddityOf, type ArmCounts } from './counts.ts';
import { newEngine, type Engine } from './engine.ts';
import { LAST, type Histogram } from './histogram.ts';
import { slowMetrics, type Latency } from './latency.ts';
import type { Metric } from './metric.ts';
import { count, list, number, numbers, object, orNull, record, text, wrong } from './read.ts';
import { checkOptions, type AnalysisOptions } from './options.ts';
import type { Count, Tally } from './tally.ts';

const LONGEST = 5_000_000;

/** An analysis from the text that `JSON.stringify` made of one. Throws `analysis-state`. */
export function parseAnalysis(written: string): Analysis {
  if (written.length > LONGEST) throw wrong('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    throw wrong('it is no JSON');
  }
  const it = object(value, 'the analysis');
  if (it['version'] !== 1) throw wrong('its version is not 1');
  const options = optionsIn(it['options']);
  const latency = options.maxLatencyIncrease === null ? null : latencyIn(it['latency']);
  return {
    version: 1,
    options,
    startedAt: number(it['startedAt'], 'startedAt'),
    filling: orNull(it['filling'], (one) => fillingIn(one)),
    errors: engineIn(it['errors'], metricOf(options), 'errors'),
    latency,
    restartedAt: number(it['restartedAt'], 'restartedAt'),
    before: countIn(it['before'], 'before'),
    buckets: list(it['buckets'], 'buckets').map(rowIn),
    byClass: {
      stable: record(object(it['byClass'], 'byClass')['stable'], 'byClass.stable'),
      canary: record(object(it['byClass'], 'byClass')['canary'], 'byClass.canary'),
    },
    drops: dropsIn(it['drops']),
    failed: orNull(it['failed'], failedIn),
  };
}

/** Counts of one arm, as a router tells them. Throws `analysis-counts` with the name of the arm. */
export function parseCounts(value: unknown, arm: string): ArmCounts {
  let counts: ArmCounts;
  try {
    counts = countsIn(value, arm);
  } catch {
    throw fail('analysis-counts', { arm, reason: 'they are not written as counters are' });
  }
  const reason = oddityOf(counts);
  if (reason !== null) throw fail('analysis-counts', { arm, reason });
  return counts;
}

function optionsIn(value: unknown): AnalysisOptions {
  const it = object(value, 'options');
  return checkOptions({
    confidence: number(it['confidence'], 'options.confidence'),
    maxErrorRateIncrease: number(it['maxErrorRateIncrease'], 'options.maxErrorRateIncrease'),
    maxLatencyIncrease: orNull(it['maxLatencyIncrease'], (one) => number(one, 'options.maxLatencyIncrease')),
    bucketMs: number(it['bucketMs'], 'options.bucketMs'),
    warmUpMs: number(it['warmUpMs'], 'options.warmUpMs'),
  });
}

function latencyIn(value: unknown): Latency {
  const it = object(value, 'latency');
  return {
    seen: histogramIn(it['seen'], 'latency.seen'),
    beyond: count(it['beyond'], 'latency.beyond'),
    p95: engineIn(it['p95'], slowMetrics.p95, 'latency.p95'),
    p50: engineIn(it['p50'], slowMetrics.p50, 'latency.p50'),
  };
}

function engineIn(value: unknown, metric: Metric, where: string): Engine {
  const it = object(value, where);
  const like = newEngine(metric);
  const starts = object(it['starts'], `${where}.starts`);
  const margins = list(it['margins'], `${where}.margins`);
  if (margins.length !== like.margins.length) throw wrong(`${where}.margins has a wrong length`);
  return {
    tally: tallyIn(it['tally'], `${where}.tally`),
    fail: numbers(it['fail'], like.fail.length, `${where}.fail`),
    starts: {
      count: Math.max(1, count(starts['count'], `${where}.starts.count`)),
      latest: count(starts['latest'], `${where}.starts.latest`),
      stakes: numbers(starts['stakes'], like.fail.length, `${where}.starts.stakes`),
    },
    pass: numbers(it['pass'], like.pass.length, `${where}.pass`),
    margins: margins.map((one) => numbers(one, 2, `${where}.margins`)),
    stageBuckets: count(it['stageBuckets'], `${where}.stageBuckets`),
  };
}

function tallyIn(value: unknown, where: string): Tally {
  const it = object(value, where);
  const spread = object(it['spread'], `${where}.spread`);
  return {
    buckets: count(it['buckets'], `${where}.buckets`),
    known: countIn(it['known'], `${where}.known`),
    canary: countIn(it['canary'], `${where}.canary`),
    stable: countIn(it['stable'], `${where}.stable`),
    spread: {
      canary: count(spread['canary'], `${where}.spread.canary`),
      stable: count(spread['stable'], `${where}.spread.stable`),
    },
  };
}

function fillingIn(value: unknown): Filling {
  const it = object(value, 'filling');
  const from = object(it['from'], 'filling.from');
  return {
    since: number(it['since'], 'filling.since'),
    from: {
      stable: countsIn(from['stable'], 'filling.from.stable'),
      canary: countsIn(from['canary'], 'filling.from.canary'),
    },
    last: peekIn(it['last']),
  };
}

function peekIn(value: unknown): Peek {
  const it = object(value, 'filling.last');
  return {
    at: number(it['at'], 'filling.last.at'),
    split: number(it['split'], 'filling.last.split'),
    stage: number(it['stage'], 'filling.last.stage'),
    ...(it['sources'] === undefined ? {} : { sources: text(it['sources'], 'filling.last.sources') }),
    stable: countsIn(it['stable'], 'filling.last.stable'),
    canary: countsIn(it['canary'], 'filling.last.canary'),
  };
}

function countsIn(value: unknown, where: string): ArmCounts {
  const it = object(value, where);
  return {
    requests: count(it['requests'], `${where}.requests`),
    errors: count(it['errors'], `${where}.errors`),
    timeouts: count(it['timeouts'], `${where}.timeouts`),
    byClass: record(it['byClass'], `${where}.byClass`),
    latency: histogramIn(it['latency'], `${where}.latency`),
  };
}

function histogramIn(value: unknown, where: string): Histogram {
  const it = object(value, where);
  const first = count(it['first'], `${where}.first`);
  const counts = list(it['counts'], `${where}.counts`).map((one) => count(one, `${where}.counts`));
  if (!Number.isInteger(first) || first + counts.length > LAST + 1) throw wrong(`${where} has unknown bins`);
  return { first, counts };
}

function countIn(value: unknown, where: string): Count {
  const it = object(value, where);
  return { requests: count(it['requests'], `${where}.requests`), hits: count(it['hits'], `${where}.hits`) };
}

function rowIn(value: unknown): Row {
  const [canary = 0, canaryErrors = 0, stable = 0, stableErrors = 0] = numbers(value, 4, 'buckets');
  return [canary, canaryErrors, stable, stableErrors];
}

function dropsIn(value: unknown): Analysis['drops'] {
  const it = object(value, 'drops');
  return {
    count: count(it['count'], 'drops.count'),
    last: orNull(it['last'], (one) => text(one, 'drops.last')),
  };
}

function failedIn(value: unknown): NonNullable<Analysis['failed']> {
  const it = object(value, 'failed');
  const metric = it['metric'];
  if (metric !== 'errors' && metric !== 'latency') throw wrong('failed.metric is unknown');
  return { metric, at: number(it['at'], 'failed.at') };
}
