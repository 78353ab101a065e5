/** The health of the instances that a deploy changes, asked once before it touches them: whether that can be asked at all. */
import type { Instance } from '../../config/types.ts';
import { CanopyError, type Problem } from '../../errors.ts';
import { pool } from '../../pool.ts';
import type { Http } from '../../ports.ts';
import { hostOf, type Site } from '../servers/change.ts';
import { askHealth } from './ask.ts';

/** What stands in the way of the gate: nothing is to be switched whose health nobody can ask. That it is not healthy now is no problem. */
export async function gateObjections(
  instances: readonly Instance[],
  site: Pick<Site, 'hosts'> & { readonly http: () => Promise<Http> },
  limit: number,
): Promise<Problem[]> {
  const found: Problem[] = [];
  const asked = instances.filter(throughServer);
  await pool(asked, limit, async (instance) => {
    try {
      await askHealth(instance, '', { host: hostOf(site, instance), http: site.http }, 'read');
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      found.push(...error.problems);
    }
  });
  return found;
}

/** Its server is to open a connection for the gate. */
const throughServer = ({ health: { probe, from } }: Instance): boolean =>
  probe.kind === 'tcp' || (probe.kind === 'http' && from === 'instance');
