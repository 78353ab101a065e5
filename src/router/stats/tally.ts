/** What an arm has counted since the router began, as the judge of a canary takes it. Pure. */
import { histogramOf, together, type ArmCounts } from '../../judge/index.ts';
import type { Counters } from '../fleet/counters.ts';

/** The sum of an arm's instances. A request that a header has sent there says nothing of what its users get: it is left out. */
export const tallyOf = (members: readonly { readonly counters: Counters }[]): ArmCounts =>
  together(members.map(({ counters }) => countsOf(counters)));

/** A request that another instance then answered counts against the one that failed it, as the passive revert counts. */
function countsOf({ classes, retried, timeouts, broken, bins }: Counters): ArmCounts {
  const [none = 0, ...answered] = classes;
  const requests = classes.reduce((sum, one) => sum + one, retried);
  const byClass = Object.fromEntries(answered.map((one, at) => [`${at + 1}xx`, one]));
  return {
    requests,
    errors: none + (classes[5] ?? 0) + retried + broken,
    timeouts,
    byClass: { ...byClass, reset: none - timeouts + retried, timeout: timeouts, broken },
    latency: histogramOf(bins),
  };
}
