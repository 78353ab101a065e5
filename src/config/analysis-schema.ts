/** `canary.analysis` as it is written. */
import * as v from 'valibot';
import { anyText, duration, object, off, oneOf, percent } from './fields.ts';
import { parsePercent } from '../shared/text/units.ts';

const o = v.optional;

/** `20%` -> 20, also above 100; `off` for `off` and `false`. */
const increase = v.pipe(
  v.union([off, anyText()], 'must be a percentage like 20%, or off'),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (dataset.value === false || dataset.value === 'off') return 'off' as const;
    const value = parsePercent(dataset.value, 1000);
    if (value !== null) return value;
    addIssue({ message: `must be a percentage from 0% to 1000%, or off, not "${dataset.value}"` });
    return NEVER;
  }),
);

export const analysis = object({
  every: o(duration),
  bucket: o(duration),
  warmUp: o(duration),
  confidence: o(percent),
  maxErrorRateIncrease: o(percent),
  maxLatencyIncrease: o(increase),
  onInconclusive: o(oneOf(['wait', 'pass', 'fail'])),
  maxWait: o(duration),
});

export type RawAnalysis = v.InferOutput<typeof analysis>;
