/** Days of 10,000 targets on a virtual clock, a seed each. */
import { simulate } from '../incidents/simulate.ts';

export function checkIncidents({
  runs,
  seed,
}: {
  readonly runs: number;
  readonly seed: number;
}): Readonly<Record<string, number>> {
  let incidents = 0;
  let messages = 0;
  for (let run = 0; run < runs; run += 1) {
    const day = simulate(seed + run, 10_000);
    incidents += day.incidents;
    messages += day.messages;
  }
  return { incidents, messages };
}
