import type { Instance } from '../../config/types.ts';
import { isCanopyError, type CanopyError, type Problem } from '../../errors.ts';
import { pool } from '../../shared/pool.ts';

/** Does it on each instance, whatever becomes of the others; returns what went wrong on all of them. `heard` hears each error. */
export async function tryEach(
  instances: readonly Instance[],
  limit: number,
  work: (instance: Instance) => Promise<void>,
  heard: (instance: Instance, error: CanopyError) => readonly Problem[] = (_, error) => error.problems,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  await pool(instances, limit, async (instance) => {
    try {
      await work(instance);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      problems.push(...heard(instance, error));
    }
  });
  return problems;
}
