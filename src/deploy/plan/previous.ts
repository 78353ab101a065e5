/** What an instance goes back to when the deploy fails. Pure. */
import type { InstanceFacts } from './facts.ts';
import { healthyReleases, waysBack } from './ways-back.ts';

/**
 * What runs, when it once passed its gate: what never did is nothing to go back to. Else what ran before that, when somebody
 * knows and it is still there, so that all go back to the same; else the newest that passed.
 */
export function earlierOf(
  facts: InstanceFacts,
  release: string,
  before: string | null | undefined,
): string | null {
  const { current } = facts;
  const healthy = healthyReleases(facts);
  if (current === release && healthy.includes(release)) return servedBefore(facts, release, before);
  if (current === null || healthy.includes(current)) return current;
  if (before === null || (before !== release && facts.releases.some(({ id }) => id === before)))
    return before ?? null;
  return healthy.find((id) => id !== release) ?? (current === release ? null : current);
}

/** What ran before the release that is in place and not healthy now; without one it stays: what serves a little is more than nothing. */
function servedBefore(facts: InstanceFacts, release: string, before: string | null | undefined): string {
  const isHeld = facts.releases.some(({ id }) => id === before);
  if (before !== undefined && before !== null && before !== release && isHeld) return before;
  const ways = waysBack(facts).filter((id) => facts.releases.some((one) => one.id === id));
  return ways[ways.indexOf(release) + 1] ?? release;
}
