/** The judge of a canary: counters in, pass, fail or inconclusive out. */
export { newAnalysis, peek, type Analysis } from './analysis.ts';
export { type Peek } from './buckets.ts';
export { between, noCounts, plusCounts, together, type ArmCounts, type Arms } from './counts.ts';
export { histogramOf, newBins, record, type Bins, type Histogram } from './histogram.ts';
export { optionsOf, type AnalysisOptions } from './options.ts';
export { powerOf, type Power } from './plan.ts';
export { type Reached } from './power.ts';
export { analysisRecord, countsRecord, parseCounts } from './record.ts';
export { outcomeOf, verdictOf, type Judgement } from './verdict.ts';
