/** Whether instances that run a release already are healthy with it: each gate is asked once. */
import type { Instance } from '../../config/types.ts';
import { CanopyError, failAll, type Problem } from '../../errors.ts';
import { pool } from '../../pool.ts';
import type { Fleet } from '../servers/hosts.ts';
import { hostOf } from '../servers/change.ts';
import { look, type GatePorts } from './gate.ts';

/** Why each of them is not healthy; those that are, are not in it. Throws one error for all that could not be asked. */
export async function findSick(
  instances: readonly Instance[],
  release: string,
  { hosts }: Pick<Fleet, 'hosts'>,
  { limit, ...ports }: Omit<GatePorts, 'host'> & { readonly limit: number },
): Promise<ReadonlyMap<string, string>> {
  const sick = new Map<string, string>();
  const problems: Problem[] = [];
  await pool(instances, limit, async (instance) => {
    try {
      const reason = await look(instance, release, { ...ports, host: hostOf({ hosts }, instance) });
      if (reason !== null) sick.set(instance.name, reason);
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      problems.push(...error.problems);
    }
  });
  if (problems.length > 0) throw failAll(problems);
  return sick;
}
