/** Whether instances that run a release already are healthy with it: each gate is asked once. */
import type { Instance } from '../../config/types.ts';
import { CanopyError, failAll, type Problem } from '../../errors.ts';
import { pool } from '../../shared/pool.ts';
import { asItIs } from '../model/site.ts';
import type { ConnectedFleet } from '../servers/gather-facts.ts';
import { hostOf } from '../servers/change.ts';
import { look, type HealthGatePorts } from './gate.ts';
import { withKeptCheck } from './kept.ts';

type LookPorts = Omit<HealthGatePorts, 'host'> & {
  readonly limit: number;
  /** Whether it is an earlier release, which is judged by the check that it was deployed with. */
  readonly isEarlier: boolean;
};

/** Why each of them is not healthy; those that are, are not in it. Throws one error for all that could not be asked. */
export async function findSick(
  instances: readonly Instance[],
  release: string,
  { hosts, facts }: ConnectedFleet,
  { limit, isEarlier, ...ports }: LookPorts,
): Promise<ReadonlyMap<string, string>> {
  const sick = new Map<string, string>();
  const problems: Problem[] = [];
  await pool(instances, limit, async (instance) => {
    try {
      const host = hostOf({ hosts }, instance);
      const kept = isEarlier ? await withKeptCheck(instance, release, host) : null;
      const reason = await look(kept ?? asItIs(instance, facts[instance.name], release), release, {
        ...ports,
        host,
      });
      if (reason !== null) sick.set(instance.name, reason);
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      problems.push(...error.problems);
    }
  });
  if (problems.length > 0) throw failAll(problems);
  return sick;
}
