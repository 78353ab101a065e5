/** Rules of a rollout: batches against what may be down, groups of a blue-green switch. */
import type { Problem } from '../../errors/common.ts';
import { sizeOf } from '../../shared/share.ts';
import { rule } from '../fields/rule.ts';
import type { Config } from '../sections/config.ts';
import type { Environment } from '../sections/environment/environment.ts';

export function rolloutRules({ rollout, instances, ...environment }: Environment, at: string): Problem[] {
  const found: Problem[] = [];
  const [first, ...more] = rollout.batch;
  // In a list a share that is larger than what may be down is worked off in parts.
  if (
    rollout.strategy === 'rolling' &&
    instances.length > 0 &&
    first !== undefined &&
    more.length === 0 &&
    sizeOf(first, instances.length) > sizeOf(rollout.maxUnavailable, instances.length)
  ) {
    found.push(
      rule(
        `${at}.rollout.batch`,
        'batch is larger than maxUnavailable',
        'lower batch, or raise maxUnavailable',
      ),
    );
  }
  if (rollout.healthyForMs >= rollout.deadlineMs) {
    found.push(
      rule(
        `${at}.rollout.healthyFor`,
        'healthyFor is not shorter than deadline',
        'raise deadline, or lower healthyFor',
      ),
    );
  }
  // It is about the files of a release, which are on the instance.
  if (environment.hooks.prepare?.on === 'agent')
    found.push(
      rule(`${at}.hooks.prepare.on`, 'prepare runs in the new release', 'leave on out, or use once'),
    );
  return [...found, ...groupRules({ rollout, instances, ...environment }, at)];
}

function groupRules({ rollout, instances }: Environment, at: string): Problem[] {
  const { groups } = rollout;
  // Another strategy may have inherited groups by extends: they mean nothing to it.
  if (rollout.strategy !== 'blue-green') return [];
  if (groups === null)
    return [
      rule(
        `${at}.rollout.groups`,
        'is missing',
        'tag each instance and name the two tags: groups: [blue, green]',
      ),
    ];
  const found: Problem[] = [];
  for (const [index, instance] of instances.entries()) {
    const own = groups.filter((group) => instance.tags.includes(group));
    if (own.length === 1) continue;
    found.push(
      rule(
        `${at}.instances[${index}].tags`,
        `${instance.name} is in ${own.length === 0 ? 'no group' : 'both groups'}`,
        `tag it with one of: ${groups.join(', ')}`,
      ),
    );
  }
  for (const group of groups)
    if (instances.length > 0 && !instances.some(({ tags }) => tags.includes(group)))
      found.push(
        rule(`${at}.rollout.groups`, `no instance is tagged ${group}`, 'tag the instances of both groups'),
      );
  return found;
}

/** A switch needs something that switches. */
export const switchRules = ({ environments, traffic }: Config): Problem[] =>
  Object.values(environments)
    .filter(({ rollout }) => rollout.strategy === 'blue-green')
    .filter(
      ({ name }) =>
        traffic === null || traffic.balancer === 'none' || ![traffic.stable, traffic.canary].includes(name),
    )
    .map(({ name }) =>
      rule(
        `environments.${name}.rollout.strategy`,
        'blue-green needs a balancer that switches between the groups',
        'name the environment in traffic.stable, with a balancer: router, haproxy or commands',
      ),
    );
