/** Which group of a blue-green environment serves, and which one waits. Pure. */
import type { Instance } from '../../config/types.ts';
import type { InstanceFacts } from './facts.ts';

/**
 * Names of the live group and of the idle one. The one whose instances are all out of the traffic is idle; when that says
 * nothing (the first deploy) the one that runs nothing is, and else the second.
 */
export function groupsOf(
  tags: readonly [string, string],
  instances: readonly Pick<Instance, 'name' | 'tags'>[],
  facts: Readonly<Record<string, InstanceFacts>>,
  drained: readonly string[],
): readonly [live: readonly string[], idle: readonly string[]] {
  const [first, second] = tags.map((tag) =>
    instances.filter((instance) => instance.tags.includes(tag)).map(({ name }) => name),
  ) as [string[], string[]];
  const out = new Set(drained);
  const isOut = (names: readonly string[]): boolean => names.every((name) => out.has(name));
  const runs = (names: readonly string[]): boolean => names.some((name) => facts[name]?.running === true);
  if (isOut(first) !== isOut(second)) return isOut(first) ? [second, first] : [first, second];
  if (!runs(first) && !runs(second)) return [[], first];
  return runs(first) ? [first, second] : [second, first];
}
