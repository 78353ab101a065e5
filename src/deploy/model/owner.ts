/** Whose the path of an instance is, as its server tells it. Pure. */
import type { Instance } from '../../config/types.ts';
import type { FactsByInstance, InstanceFacts } from './facts.ts';

interface PathOwner {
  readonly app: string;
  readonly environment: string;
}

/** Where another application or environment was deployed last: pairs of an instance and a text. After the deploy it is ours. */
export function ownerRemarks(
  instances: readonly Pick<Instance, 'name' | 'path'>[],
  facts: FactsByInstance,
  ours: PathOwner,
): (readonly [string, string])[] {
  return instances.flatMap(({ name, path }) => {
    const own = facts[name];
    const text = own ? remarkOf(path, own, ours) : null;
    return text === null ? [] : [[name, text] as const];
  });
}

function remarkOf(path: string, { app, noted }: InstanceFacts, ours: PathOwner): string | null {
  const last = noted?.environment ?? null;
  if (app !== null && app !== ours.app)
    return `${path} is the place of the application ${app}: ${ours.app} takes it over. ${asks} ${app} was renamed`;
  if (last !== null && last !== ours.environment)
    return `${path} is the place of the environment ${last}: ${ours.environment} takes it over. ${asks} ${last} was renamed`;
  return null;
}

const asks = 'Give each a path of its own, unless';
