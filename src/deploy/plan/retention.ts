/** Which releases stay on a server after a deploy: what a rollback would go to then, and so many more. Pure. */
import type { InstanceFacts } from '../model/facts.ts';
import type { PlanInput } from '../model/plan.ts';
import { isForeign } from '../model/site.ts';
import { afterwards, healthyReleases, lastOnAll, waysBack, waysOfGroups } from '../model/ways-back.ts';

/** Whether an instance goes back by this; to a release that was gone back from it goes on. */
export function goingBack({ release, size, facts, groups }: PlanInput): (name: string) => boolean {
  if (size !== null) return () => false;
  if (groups === null) {
    return (name) => {
      const own = facts[name];
      return own !== undefined && waysBack(own).includes(release);
    };
  }
  const [live, idle] = groups.map((names) => names.flatMap((name) => facts[name] ?? []));
  const isEarlier = waysOfGroups(live ?? [], idle ?? []).includes(release);
  return () => isEarlier;
}

/** What each instance will say of itself when all has gone well. */
export function afterDeploy(
  { release, facts, instances, whole }: PlanInput,
  previousOf: ReadonlyMap<string, string | null>,
  back: (name: string) => boolean,
): ReadonlyMap<string, InstanceFacts> {
  return new Map(
    instances.flatMap(({ name }) => {
      const own = facts[name];
      const before = previousOf.get(name);
      if (!own) return [];
      if (before === undefined) return [[name, own]];
      const way = back(name) ? 'back' : 'on';
      const line = { at: Number.MAX_SAFE_INTEGER, token: 0, way, whole, id: release, before } as const;
      return [[name, afterwards(own, line)]];
    }),
  );
}

/**
 * What may go: healthy releases beyond `keep` (the new one counts), those first that would be gone back to last, and releases
 * that never passed their gate. Never the new one, the one that runs now, or one that a rollback would go to.
 */
export function pruned(
  now: InstanceFacts,
  then: InstanceFacts,
  { keep, goesBackTo }: { readonly keep: number; readonly goesBackTo: string | null },
): string[] {
  const ways = healthyReleases(then).filter((id) => id !== then.current && !isForeign(then, id));
  const stay = new Set([then.current, now.current, goesBackTo, ways[0], ...ways.slice(0, keep - 1)]);
  // Other instances may run what only they know: this is what all of them can meet at.
  stay.add(lastOnAll(then));
  return now.releases.map(({ id }) => id).filter((id) => !stay.has(id));
}
