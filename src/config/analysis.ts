/** Meaning, defaults and rules of `canary.analysis`. */
import type { Problem } from '../errors.ts';
import type { RawAnalysis } from './analysis-schema.ts';
import type { AnalysisConfig } from './analysis-types.ts';
import { rule } from './rule.ts';

export const buildAnalysis = (raw: RawAnalysis): AnalysisConfig => {
  const everyMs = raw.every ?? 10_000;
  return {
    everyMs,
    bucketMs: raw.bucket ?? Math.max(10_000, everyMs),
    warmUpMs: raw.warmUp ?? 30_000,
    confidence: raw.confidence ?? 99,
    maxErrorRateIncrease: raw.maxErrorRateIncrease ?? 1,
    maxLatencyIncrease: raw.maxLatencyIncrease ?? 20,
    onInconclusive: raw.onInconclusive ?? 'wait',
    maxWaitMs: raw.maxWait ?? 1_800_000,
  };
};

export function analysisRules(analysis: AnalysisConfig): Problem[] {
  const { everyMs, bucketMs, confidence, maxErrorRateIncrease: increase } = analysis;
  const at = 'canary.analysis';
  const found: Problem[] = [];
  if (everyMs < 1000) found.push(rule(`${at}.every`, 'is less than a second', 'use 10s'));
  if (bucketMs < 1000) found.push(rule(`${at}.bucket`, 'is less than a second', 'use 10s'));
  if (bucketMs < everyMs)
    found.push(
      rule(
        `${at}.bucket`,
        'is shorter than every, and a bucket is closed when somebody looks',
        'raise bucket, or lower every',
      ),
    );
  if (confidence < 50 || confidence > 99.99)
    found.push(
      rule(
        `${at}.confidence`,
        `${confidence}% can${confidence > 99.99 ? 'not be reached' : ' be had by tossing a coin'}`,
        'use 99%, or another from 50% to 99.99%',
      ),
    );
  if (increase < 0.1 || increase > 50)
    found.push(
      rule(
        `${at}.maxErrorRateIncrease`,
        increase < 0.1
          ? 'is so small that no traffic is enough to tell it from none'
          : 'would let a canary through that fails every second request',
        'use 1%, or another from 0.1% to 50%',
      ),
    );
  return found;
}
