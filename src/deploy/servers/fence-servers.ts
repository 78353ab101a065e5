/** Takes servers over from a run that may still have a command there, or one that waits. */
import { argv } from '../../commands/core/command.ts';
import { explainFailure } from '../../commands/command-errors.ts';
import { fenced } from '../../commands/core/fence.ts';
import type { Instance } from '../../config/types.ts';
import { CanopyError, failAll, type Problem } from '../../errors.ts';
import { pool } from '../../shared/pool.ts';
import { fenceWaitSeconds, hostOf, type Site } from './change.ts';
import { userOf } from '../../shared/system/user-of.ts';

const title = 'let nothing of an older run come in between';

/**
 * Returns when each server has ended what it was told before, and refuses from now on what is older than our token: only then
 * are its facts of use. Throws one error for all that do not let us in; nothing has been touched by then.
 */
export async function fenceServers(
  instances: readonly Instance[],
  site: Pick<Site, 'hosts' | 'token'>,
  limit: number,
): Promise<void> {
  const problems: Problem[] = [];
  const command = (path: string) =>
    fenced(path, site.token(), argv('true'), { waitSeconds: fenceWaitSeconds });
  await pool(instances, limit, async (instance) => {
    const { name, path } = instance;
    try {
      const order = { command: command(path), effect: 'change', title } as const;
      const ran = await hostOf(site, instance).run({
        ...order,
        timeoutMs: (fenceWaitSeconds + 30) * 1000,
      });
      if (ran.code !== 0) throw explainFailure(name, title, ran, { path, user: userOf(instance) });
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      problems.push(...error.problems);
    }
  });
  if (problems.length > 0) throw failAll(problems);
}
