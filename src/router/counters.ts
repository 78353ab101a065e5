/** Numbers of one instance, as counted since the router started. */
export interface Counters {
  /** Answers by first digit of the status: index 1 to 5; index 0 counts requests that got no answer from it. */
  readonly classes: number[];
  /** Requests that it failed and another instance was then asked. */
  retried: number;
  /** Requests whose client went away first. */
  aborted: number;
  /** Seconds from the pick to the end of the answer, summed over `timed` requests. */
  seconds: number;
  timed: number;
}

export const newCounters = (): Counters => ({
  classes: [0, 0, 0, 0, 0, 0],
  retried: 0,
  aborted: 0,
  seconds: 0,
  timed: 0,
});

export function countAnswer(counters: Counters, status: number, seconds: number): void {
  const index = Math.min(5, Math.max(0, Math.floor(status / 100)));
  counters.classes[index] = (counters.classes[index] ?? 0) + 1;
  counters.seconds += seconds;
  counters.timed += 1;
}
