import type { PlanContext } from '../context/deploy-context.ts';
import { hasRunOnce, type FactsByInstance } from '../model/facts.ts';
import { tryAll } from './gather-facts.ts';

/**
 * Facts of the instances that were not chosen, when only they can tell that the `once` hook has run for the release. One that
 * cannot be reached is a warning: its being away must not keep a release from the others.
 */
export async function askElsewhere(context: PlanContext, facts: FactsByInstance): Promise<FactsByInstance> {
  const { environment, instances, shipped, config, log } = context;
  const isKnown = Object.values(facts).some((own) => hasRunOnce(own, shipped.release));
  const chosen = new Set(instances.map(({ name }) => name));
  const others = environment.instances.filter(({ name }) => !chosen.has(name));
  if (environment.hooks.once === null || isKnown || others.length === 0) return {};
  const found = await tryAll(others, context, config.ssh.concurrency);
  for (const [name, why] of found.failed)
    log.warn(`whether the once hook has run for ${shipped.release} is not known there: ${why}`, name);
  return found.facts;
}
