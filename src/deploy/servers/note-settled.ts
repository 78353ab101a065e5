/** Nothing was to be done: servers that know of an earlier deploy that it was left mixed are told that this is over. */
import type { Instance } from '../../config/types.ts';
import type { Log } from '../../ports/ports.ts';
import { pool } from '../../shared/pool.ts';
import { noteEnd } from './change.ts';
import type { ConnectedFleet } from './gather-facts.ts';

export async function noteSettled(
  instances: readonly Instance[],
  { hosts, facts }: ConnectedFleet,
  { token, log, limit }: { readonly token: () => number; readonly log: Log; readonly limit: number },
): Promise<void> {
  await pool(instances, limit, async (instance) => {
    const noted = facts[instance.name]?.noted;
    if (!noted?.mixed) return;
    const { deploy, environment, order, whole, brings, previous, stopped, back, failed } = noted;
    const frame = { environment, order, whole, brings, previous, stopped, back, failed };
    const site = { hosts, log, deploy, token, frame: () => frame };
    await noteEnd(site, instance, { kind: 'finish', instance: instance.name, release: brings }, 'over');
  });
}
