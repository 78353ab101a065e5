/** Which group of a blue-green environment serves, and which one waits. Pure. */
import type { Instance } from '../../config/types.ts';
import { runsProven, type InstanceFacts } from '../model/facts.ts';

interface Groups {
  readonly tags: readonly [string, string];
  readonly instances: readonly Pick<Instance, 'name' | 'tags'>[];
  readonly facts: Readonly<Record<string, InstanceFacts>>;
  /** Instances that are out of the traffic. */
  readonly drained: readonly string[];
  /** What is to run; null: nothing new. */
  readonly release: string | null;
  /** Those that a switch to this release, which never ended, was about to retire. */
  readonly retiring?: readonly string[];
}

/**
 * Names of the live group and of the idle one. The one that has left the traffic further is idle; when that says nothing (the
 * first deploy) the one that runs nothing is, and else the second. A switch that was cut off leaves both in the traffic, or the
 * old one running beside it: what runs the release already is what it goes over to.
 */
export function groupsOf({
  tags,
  instances,
  facts,
  drained,
  release,
  retiring = [],
}: Groups): readonly [live: readonly string[], idle: readonly string[]] {
  const [first, second] = tags.map((tag) =>
    instances.filter((instance) => instance.tags.includes(tag)).map(({ name }) => name),
  ) as [string[], string[]];
  const out = new Set(drained);
  const left = (names: readonly string[]): number =>
    names.length === 0 ? 1 : names.filter((name) => out.has(name)).length / names.length;
  const runs = (names: readonly string[]): boolean => names.some((name) => facts[name]?.running === true);
  const has = (name: string): boolean => release !== null && runsProven(facts[name], release);
  const byTraffic = left(first) - left(second);
  if (byTraffic === 0 && !runs(first) && !runs(second)) return [[], first];
  const isFirstLive = byTraffic === 0 ? runs(first) : byTraffic < 0;
  const [live, idle] = isFirstLive ? [first, second] : [second, first];
  // An old one that runs nothing serves nobody, whatever the traffic says: so it is after the first deploy.
  const isLeft = (name: string): boolean => !has(name) && (!out.has(name) || retiring.includes(name));
  const isCutOff = live.every(has) && idle.some(isLeft) && runs(idle);
  return isCutOff ? [idle, live] : [live, idle];
}
