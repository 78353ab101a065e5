/** Takes servers over from a run that may still have a command there, or one that waits. */
import { argv } from '../../commands/core/command.ts';
import { explainFailure } from '../../commands/command-errors.ts';
import { fenced } from '../../commands/core/fence.ts';
import type { Instance } from '../../config/types.ts';
import { failAll } from '../../errors.ts';
import type { Lease } from '../../lock/index.ts';
import type { ConnectedFleet } from '../context/deploy-context.ts';
import { fenceWaitSeconds, hostOf } from './change.ts';
import { highestToken } from './highest-token.ts';
import { tryEach } from './try-each.ts';
import { userOf } from '../../shared/system/user-of.ts';

const title = 'let nothing of an older run come in between';

/**
 * Returns when each server has ended what it was told before, and refuses from now on what is older than our token, which is newer
 * than any of theirs: only then are its facts of use. Throws one error for all that do not let us in; nothing has been touched by then.
 */
export async function fenceServers(
  instances: readonly Instance[],
  fleet: ConnectedFleet,
  lease: Lease,
  limit: number,
): Promise<void> {
  await lease.raise(highestToken(instances, fleet.facts));
  const problems = await tryEach(instances, limit, async (instance) => {
    const { name, path } = instance;
    const ran = await hostOf(fleet, instance).run({
      command: fenced(path, lease.token, argv('true'), { waitSeconds: fenceWaitSeconds }),
      effect: 'change',
      title,
      timeoutMs: (fenceWaitSeconds + 30) * 1000,
    });
    if (ran.code !== 0) throw explainFailure(name, title, ran, { path, user: userOf(instance) });
  });
  if (problems.length > 0) throw failAll(problems);
}
