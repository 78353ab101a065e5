import type { Config, Environment } from '../../config/types.ts';
import type { PlanInput } from '../model/plan.ts';

type Rules = Pick<
  PlanInput,
  'environment' | 'strategy' | 'batch' | 'maxUnavailable' | 'maxFailures' | 'hooks' | 'onFailure'
>;

/** What canopy.yml says of every deploy to an environment. */
export function planRulesOf(
  { name, rollout, hooks }: Environment,
  { artifact }: Pick<Config, 'artifact'>,
  action: 'deploy' | 'rollback',
): Rules {
  const { strategy, batch, maxUnavailable, maxFailures, onFailure } = rollout;
  return {
    environment: name,
    ...{ strategy, batch, maxUnavailable, maxFailures },
    hooks: {
      prepare: hooks.prepare !== null,
      once: hooks.once !== null,
      after: hooks.after !== null,
      failure: hooks.failure !== null,
    },
    onFailure: action === 'deploy' && artifact.irreversible ? 'freeze' : onFailure,
  };
}

/** The names in both groups of a blue-green environment, in the order of canopy.yml; null for any other. */
export function groupsIn({ rollout, instances }: Environment): readonly [string[], string[]] | null {
  if (rollout.groups === null) return null;
  const [first, second] = rollout.groups.map((tag) =>
    instances.filter(({ tags }) => tags.includes(tag)).map(({ name }) => name),
  );
  return [first ?? [], second ?? []];
}
