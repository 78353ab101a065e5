/** Nothing was to be done: servers that know of an earlier deploy that it was left mixed are told that this is over. */
import { pool } from '../../shared/pool.ts';
import type { ConnectedFleet, DeployContext } from '../context/deploy-context.ts';
import { noteEnd } from './change.ts';

export async function noteSettled(
  { instances, lease, log, config }: DeployContext,
  fleet: ConnectedFleet,
): Promise<void> {
  await pool(instances, config.ssh.concurrency, async (instance) => {
    const noted = fleet.facts[instance.name]?.noted;
    if (!noted?.mixed) return;
    const { begun: _begun, done: _done, over: _over, mixed: _mixed, ...frame } = noted;
    const end = { action: 'finish', release: noted.brings, state: 'over', token: lease.token } as const;
    await noteEnd(fleet, instance, { ...frame, ...end }, log);
  });
}
