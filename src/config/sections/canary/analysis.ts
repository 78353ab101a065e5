/** `canary.analysis`: how a canary is judged. */
import * as v from 'valibot';
import type { Problem } from '../../../errors/common.ts';
import { parsePercent } from '../../../shared/text/units.ts';
import { anyText, duration, off, oneOf, percent } from '../../fields/fields.ts';
import { rule } from '../../fields/rule.ts';
import { key, lasts, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';

/** `20%` -> 20, also above 100; `off` for `off` and `false`. */
export const increase = v.pipe(
  v.union([off, anyText()], 'must be a percentage like 20%, or off'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (dataset.value === false || dataset.value === 'off') return 'off' as const;
    const value = parsePercent(dataset.value, 1000);
    if (value !== null) return value;
    addIssue({ message: `must be a percentage from 0% to 1000%, or off, not "${dataset.value}"` });
    return NEVER;
  }),
);

export const analysis = section({
  /** How often the counters are read. */
  every: lasts(10_000),
  /**
   * What both arms did in so long is compared as one: errors that come together within it do not count twice. Null: `every`, and
   * 10 s at least.
   */
  bucket: key(duration, null),
  /** What the canary does so long after its start is not judged. */
  warmUp: lasts(30_000),
  /** Percent of the releases that are no worse than allowed, and are never called a failure. */
  confidence: key(percent, 99),
  /** Points of percent that the canary's share of errors may be above stable's. */
  maxErrorRateIncrease: key(percent, 1),
  /** Percent that the canary's answers may take longer; `off`: latency is not judged. */
  maxLatencyIncrease: key(increase, 20),
  /** What becomes of a stage that ends without a verdict. */
  onInconclusive: key(oneOf(['wait', 'pass', 'fail']), 'wait'),
  /** With `wait`: so much longer than the stage, then it ends inconclusive. */
  maxWait: lasts(1_800_000),
});
export type AnalysisConfig = Omit<SectionOf<typeof analysis>, 'bucket'> & { readonly bucketMs: number };

export function buildAnalysis(written: WrittenOf<typeof analysis>): AnalysisConfig {
  const { everyMs, bucket, ...more } = analysis.fill(written);
  return { everyMs, bucketMs: bucket ?? Math.max(10_000, everyMs), ...more };
}

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
