/** What an instance goes back to when the deploy fails. Pure. */
import type { InstanceFacts } from './facts.ts';
import { holds, isForeign } from './site.ts';
import { healthyReleases, waysBack } from './ways-back.ts';

/**
 * What runs, when it once passed its gate, or Canopy did not deploy it: what never passed is nothing to go back to. Else what ran before that, when somebody
 * knows and it is still there, so that all go back to the same; else the newest that passed.
 */
export function earlierOf(
  facts: InstanceFacts,
  release: string,
  before: string | null | undefined,
): string | null {
  const { current } = facts;
  if (current === null) return null;
  const healthy = healthyReleases(facts);
  // The same release by another unit: what goes back is the unit.
  if (current === release && runsElsewhere(facts)) return current;
  if (healthy.includes(current)) return current === release ? servedBefore(facts, release, before) : current;
  if (isForeign(facts, current)) return current;
  if (before === null || isHeldBeside(facts, before, release)) return before;
  return [...healthy, current].find((id) => id !== release) ?? null;
}

const runsElsewhere = ({ elsewhere, running }: InstanceFacts): boolean => elsewhere !== null && running;

const isHeldBeside = (facts: InstanceFacts, id: string | null | undefined, release: string): id is string =>
  typeof id === 'string' && id !== release && holds(facts, id);

/** What ran before the release that is in place and not healthy now; without one it stays: what serves a little is more than nothing. */
function servedBefore(facts: InstanceFacts, release: string, before: string | null | undefined): string {
  if (isHeldBeside(facts, before, release)) return before;
  const ways = waysBack(facts).filter((id) => holds(facts, id));
  return ways[ways.indexOf(release) + 1] ?? release;
}
