/** What was measured last, of each metric and target. */

/** What is measured: `down` is 1 or 0; times in milliseconds, shares in percent, rates per second. */
export type SampledMetric = string;

export interface Sample {
  readonly metric: SampledMetric;
  /** What it was measured of: the name of a target, an instance, `traffic`, `stable`, `canary`. */
  readonly target: string;
  /** Null: it could not be learnt. */
  readonly value: number | null;
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** Why it is so, for people. */
  readonly why?: string;
}

/** A measurement counts for so long: older, the value is unknown. */
const GOOD_FOR_MS = 60_000;

/** The newest sample of each metric and target. */
export class Readings {
  readonly #newest = new Map<string, Sample & { readonly goodForMs: number }>();

  /** `goodForMs`: when no other one comes for so long, nothing is known. */
  add(sample: Sample, goodForMs = GOOD_FOR_MS): void {
    this.#newest.set(`${sample.metric} ${sample.target}`, { ...sample, goodForMs });
  }

  of(metric: SampledMetric, target: string, now: number): Sample | null {
    const found = this.#newest.get(`${metric} ${target}`);
    return found === undefined || now - found.at > found.goodForMs ? null : found;
  }

  /** Targets of which this metric was ever measured. */
  targetsOf(metric: SampledMetric): string[] {
    return [...this.#newest.values()].filter((one) => one.metric === metric).map(({ target }) => target);
  }
}
