/** Why nobody is told of something now. Pure. */
import type { Silence } from '../../incidents/index.ts';

interface MuteFacts {
  readonly silences: readonly Silence[];
  /** Targets whose instance a deploy is at work on. */
  readonly deploying: ReadonlySet<string>;
  /** What a target needs to be up itself: the balancer before the site, the host before the instance. */
  readonly needs: (target: string) => readonly string[];
  /** Targets that are down now. */
  readonly down: ReadonlySet<string>;
  /** This watcher sees nothing at all. */
  readonly blind: boolean;
}

export function mutedBecause(rule: string, target: string, facts: MuteFacts): string | null {
  const { silences, deploying, needs, down, blind } = facts;
  if (blind) return 'this watcher is blind';
  const silenced = silences.find(({ of }) => of === rule || of === target);
  if (silenced !== undefined) return `silenced by ${silenced.by}: ${silenced.reason}`;
  if (deploying.has(target)) return 'a deploy is at work there';
  const above = needs(target).find((one) => one !== target && down.has(one));
  return above === undefined ? null : `${above} is down, which it needs`;
}
