/** Traffic for the tests of the analysis: counters that grow look by look. */
import {
  histogramOf,
  newAnalysis,
  newBins,
  noCounts,
  peek,
  record,
  type Analysis,
  type AnalysisOptions,
  type ArmCounts,
  type Peek,
} from '../../src/judge/index.ts';

export const options: AnalysisOptions = {
  confidence: 0.99,
  maxErrorRateIncrease: 0.01,
  maxLatencyIncrease: null,
  bucketMs: 10_000,
  warmUpMs: 0,
};

/** What one arm gets between two looks. */
export interface Dose {
  readonly requests: number;
  readonly errors?: number;
  readonly timeouts?: number;
  /** Times of the answers that are no errors, milliseconds. */
  readonly times?: readonly number[];
}

export function grown(
  counts: ArmCounts,
  { requests, errors = 0, timeouts = 0, times = [] }: Dose,
): ArmCounts {
  const bins = newBins();
  for (const [at, count] of counts.latency.counts.entries()) bins[counts.latency.first + at] = count;
  for (const time of times) record(bins, time);
  return {
    requests: counts.requests + requests,
    errors: counts.errors + errors,
    timeouts: counts.timeouts + timeouts,
    byClass: {
      '5xx': counts.errors + errors - counts.timeouts - timeouts,
      timeout: counts.timeouts + timeouts,
    },
    latency: histogramOf(bins),
  };
}

export interface Play {
  readonly analysis: Analysis;
  readonly look: Peek;
}

/** An analysis that was looked at once, with nothing counted yet. */
export function begun(over: Partial<AnalysisOptions> = {}, at = 0): Play {
  const look: Peek = { at, stable: noCounts, canary: noCounts, split: 33, stage: 0 };
  return { analysis: peek(newAnalysis({ ...options, ...over }, at), look), look };
}

/** After `times` more looks, ten seconds apart. */
export function after(play: Play, times: number, canary: Dose, stable: Dose, more: Partial<Peek> = {}): Play {
  let { analysis, look } = play;
  for (let time = 0; time < times; time += 1) {
    look = {
      ...look,
      ...more,
      at: look.at + 10_000,
      canary: grown(look.canary, canary),
      stable: grown(look.stable, stable),
    };
    analysis = peek(analysis, look);
  }
  return { analysis, look };
}
