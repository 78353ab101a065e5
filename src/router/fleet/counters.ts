import { newBins, record, type Bins } from '../../judge/index.ts';

/** Numbers of one instance, as counted since the router started. */
export interface Counters {
  /** Answers by first digit of the status: index 1 to 5; index 0 counts requests that got no answer from it. */
  readonly classes: number[];
  /** Requests that it failed and another instance was then asked. */
  retried: number;
  /** Of those without an answer, the ones that waited too long for it. */
  timeouts: number;
  /** Answers that broke off after their head. */
  broken: number;
  /** Requests whose client went away first. */
  aborted: number;
  /** Seconds from the pick to the end of the answer, summed over `timed` requests. */
  seconds: number;
  timed: number;
  /** How long whole answers took that are no errors. */
  readonly bins: Bins;
}

export const newCounters = (): Counters => ({
  classes: [0, 0, 0, 0, 0, 0],
  retried: 0,
  timeouts: 0,
  broken: 0,
  aborted: 0,
  seconds: 0,
  timed: 0,
  bins: newBins(),
});

/** `seconds` is null for what is not measured: a tunnel, a stream of events, an answer that broke off. */
export function countAnswer(counters: Counters, status: number, seconds: number | null): void {
  const index = Math.min(5, Math.max(0, Math.floor(status / 100)));
  counters.classes[index] = (counters.classes[index] ?? 0) + 1;
  if (seconds === null) return;
  counters.seconds += seconds;
  counters.timed += 1;
  if (status >= 200 && status < 500) record(counters.bins, seconds * 1000);
}
