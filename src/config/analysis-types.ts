/** How a canary is judged, once everything is worked in. */
export interface AnalysisConfig {
  /** How often the counters are read. */
  readonly everyMs: number;
  /** What both arms did in so long is compared as one: errors that come together within it do not count twice. */
  readonly bucketMs: number;
  /** What the canary does so long after its start is not judged. */
  readonly warmUpMs: number;
  /** Percent of the releases that are no worse than allowed, and are never called a failure. */
  readonly confidence: number;
  /** Points of percent that the canary's share of errors may be above stable's. */
  readonly maxErrorRateIncrease: number;
  /** Percent that the canary's answers may take longer; `off`: latency is not judged. */
  readonly maxLatencyIncrease: number | 'off';
  /** What becomes of a stage that ends without a verdict. */
  readonly onInconclusive: 'wait' | 'pass' | 'fail';
  /** With `wait`: so much longer than the stage, then it ends inconclusive. */
  readonly maxWaitMs: number;
}
