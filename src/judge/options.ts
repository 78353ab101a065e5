/** What a canary is judged by, as the judge takes it: shares of 1 and milliseconds. Pure. */
import type { AnalysisConfig } from '../config/types.ts';
import { fail } from '../errors.ts';

export interface AnalysisOptions {
  /** 0.5 to 0.9999: of the releases that are no worse than allowed, so many are never called a failure. */
  readonly confidence: number;
  /** By so much the canary's share of errors may be higher: above 0, at most 0.5. */
  readonly maxErrorRateIncrease: number;
  /** By so much the canary's answers may take longer: 0.2 is a fifth; null: latency is not judged. */
  readonly maxLatencyIncrease: number | null;
  readonly bucketMs: number;
  /** What the canary does so long after the start is not judged. */
  readonly warmUpMs: number;
}

export const optionsOf = (config: AnalysisConfig): AnalysisOptions => ({
  confidence: config.confidence / 100,
  maxErrorRateIncrease: config.maxErrorRateIncrease / 100,
  maxLatencyIncrease: config.maxLatencyIncrease === 'off' ? null : config.maxLatencyIncrease / 100,
  bucketMs: config.bucketMs,
  warmUpMs: config.warmUpMs,
});

/** The share of false aborts that one metric may have: they add up. */
export const alphaOf = ({ confidence, maxLatencyIncrease }: AnalysisOptions): number =>
  (1 - confidence) / (maxLatencyIncrease === null ? 1 : 2);

/** A number that makes no sense, and what it may be; null: none. */
export function oddOption(options: AnalysisOptions): { name: string; value: string; allowed: string } | null {
  const { confidence, maxErrorRateIncrease: errors, maxLatencyIncrease, bucketMs, warmUpMs } = options;
  const slower = maxLatencyIncrease ?? 0;
  const rows = [
    ['confidence', confidence, confidence >= 0.5 && confidence <= 0.9999, '0.5 to 0.9999'],
    ['maxErrorRateIncrease', errors, errors >= 0.001 && errors <= 0.5, '0.001 to 0.5'],
    ['maxLatencyIncrease', slower, slower >= 0 && slower <= 10, '0 to 10'],
    ['bucketMs', bucketMs, bucketMs >= 1000 && Number.isFinite(bucketMs), '1000 or more'],
    ['warmUpMs', warmUpMs, warmUpMs >= 0 && Number.isFinite(warmUpMs), '0 or more'],
  ] as const;
  const odd = rows.find(([, , holds]) => !holds);
  return odd === undefined ? null : { name: odd[0], value: String(odd[1]), allowed: odd[3] };
}

/** Throws `analysis-option` for a number that makes no sense. */
export function checkOptions(options: AnalysisOptions): AnalysisOptions {
  const odd = oddOption(options);
  if (odd !== null) throw fail('analysis-option', odd);
  return options;
}
