/** What an instance has done, counted since the router started. */
import { newBins, record, type Bins } from '../../judge/index.ts';

/** Numbers of one instance. It has two of them: of the requests that were split, and of those that a header has sent to their side. */
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

/** The numbers without the times that are judged. */
export type Totals = Omit<Counters, 'bins'>;

/** Both kinds of requests together. */
export function totalOf(member: { readonly counters: Counters; readonly forced: Counters }): Totals {
  return plusTotals(member.counters, member.forced);
}

export const plusTotals = (a: Totals, b: Totals): Totals => ({
  classes: a.classes.map((one, at) => one + (b.classes[at] ?? 0)),
  retried: a.retried + b.retried,
  timeouts: a.timeouts + b.timeouts,
  broken: a.broken + b.broken,
  aborted: a.aborted + b.aborted,
  seconds: a.seconds + b.seconds,
  timed: a.timed + b.timed,
});

/** Requests that it answered, and those that got no answer from it. */
export function answersOf({ classes }: Pick<Counters, 'classes'>): { answers: number; failed: number } {
  const [failed = 0, ...answered] = classes;
  return { answers: answered.reduce((sum, one) => sum + one, 0), failed };
}

/** `seconds` is null for what is not measured: a tunnel, a stream of events, an answer that broke off. */
export function countAnswer(counters: Counters, status: number, seconds: number | null): void {
  const index = Math.min(5, Math.max(0, Math.floor(status / 100)));
  counters.classes[index] = (counters.classes[index] ?? 0) + 1;
  if (seconds === null) return;
  counters.seconds += seconds;
  counters.timed += 1;
  if (status >= 200 && status < 500) record(counters.bins, seconds * 1000);
}
