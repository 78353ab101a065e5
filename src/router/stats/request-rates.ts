/** How many requests a second each instance got in the last minute. */
import { totalOf, type Counters, type Totals } from '../fleet/counters.ts';
import { spacedSamples } from './recent.ts';
import { lookUp } from '../../shared/look-up.ts';

const WINDOW_MS = 60_000;
/** Samples are so far apart, at the least. */
const GAP_MS = 1000;

type RateCounts = { readonly name: string; readonly counters: Counters; readonly forced: Counters };
type Rates = Readonly<Record<string, number>>;

export interface RateSample {
  readonly at: number;
  /** Requests since the router started, an instance. */
  readonly requests: Rates;
}

/** Each call tells the rates of the minute before it; it has to be called every few seconds. */
export function openRates(members: () => readonly RateCounts[], now: () => number): () => Rates {
  let samples: readonly RateSample[] = [sampleOf(members(), now())];
  return () => {
    const latest = sampleOf(members(), now());
    samples = keptRates(samples, latest);
    return ratesBetween(samples[0] ?? latest, latest);
  };
}

/** Requests a second from one sample to the other; two decimals. Less than a second counts as one. */
export function ratesBetween(first: RateSample, last: RateSample): Rates {
  const seconds = Math.max(1000, last.at - first.at) / 1000;
  return Object.fromEntries(
    Object.entries(last.requests).map(([name, count]) => [
      name,
      Math.round((Math.max(0, count - (lookUp(first.requests, name) ?? 0)) / seconds) * 100) / 100,
    ]),
  );
}

/** The samples of the last minute and the one before them, with the latest when it is time for one. */
export const keptRates = (samples: readonly RateSample[], latest: RateSample): readonly RateSample[] =>
  spacedSamples(samples, latest, { gapMs: GAP_MS, windowMs: WINDOW_MS });

const sampleOf = (members: readonly RateCounts[], at: number): RateSample => ({
  at,
  requests: Object.fromEntries(members.map((member) => [member.name, requestsOf(totalOf(member))])),
});

/** A request that another instance then got counts for both: both had the work. */
const requestsOf = ({ classes, retried, aborted }: Totals): number =>
  classes.reduce((sum, one) => sum + one, 0) + retried + aborted;
