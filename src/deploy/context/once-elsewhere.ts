import type { Config, Environment, Instance } from '../../config/types.ts';
import { hasRunOnce, type InstanceFacts } from '../model/facts.ts';
import { tryAll, type ConnectedFleet } from '../servers/gather-facts.ts';
import type { DeployPorts } from './ports.ts';
import type { ReleaseInfo } from '../servers/release-info.ts';

interface OnceQuery {
  readonly config: Config;
  readonly environment: Environment;
  readonly instances: readonly Instance[];
  readonly shipped: ReleaseInfo;
}

/**
 * Facts of the instances that were not chosen, when only they can tell that the `once` hook has run for the release. One that
 * cannot be reached is a warning: its being away must not keep a release from the others.
 */
export async function askElsewhere(
  { environment, instances, shipped, config }: OnceQuery,
  { facts }: ConnectedFleet,
  ports: DeployPorts,
): Promise<Readonly<Record<string, InstanceFacts>>> {
  const isKnown = Object.values(facts).some((own) => hasRunOnce(own, shipped.release));
  const chosen = new Set(instances.map(({ name }) => name));
  const others = environment.instances.filter(({ name }) => !chosen.has(name));
  if (environment.hooks.once === null || isKnown || others.length === 0) return {};
  const found = await tryAll(others, ports, config.ssh.concurrency);
  for (const [name, why] of found.failed)
    ports.log.warn(`whether the once hook has run for ${shipped.release} is not known there: ${why}`, name);
  return found.facts;
}
