/** The judge of a canary: counters in, pass, fail or inconclusive out. */
export { newAnalysis, peek, type Analysis } from './analysis.ts';
export { type Peek } from './statistics/buckets.ts';
export { between, noCounts, together, type ArmCounts, type CountsByArm } from './statistics/counts.ts';
export { histogramOf, newBins, record, type Bins } from './statistics/histogram.ts';
export { optionsOf, type AnalysisOptions } from './options.ts';
export { powerOf, type Power } from './plan.ts';
export { type Reached } from './power.ts';
export { analysisRecord, countsRecord, parseCounts } from './record.ts';
export { outcomeOf, verdictOf, type Judgement } from './verdict.ts';
