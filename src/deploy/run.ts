/** A deploy: facts, plan, what stands against it, then carried out. */
import { deployKey } from '../store-keys.ts';
import { execute } from './execute.ts';
import { fenceServers } from './servers/fence-servers.ts';
import { highestToken } from './servers/highest-token.ts';
import { draft, tellDraft } from './prepare.ts';
import type { ConnectedFleet } from './servers/gather-facts.ts';
import { noteSettled } from './servers/note-settled.ts';
import { takeBackForgotten } from './servers/take-back.ts';
import type { DeployPorts } from './context/ports.ts';
import { DeployProgress } from './model/progress.ts';
import { isWhole, type DeployRequest, type Draft } from './context/request.ts';
import { summary, type DeployReport } from './report/summary.ts';
import { close, unfinishedAt, type UnfinishedRecord } from './journal/unfinished.ts';

/** Performs the deploy under a lease that the caller holds; throws only when nothing was touched. */
export async function rollOut(request: DeployRequest, ports: DeployPorts): Promise<DeployReport> {
  const startedAt = ports.clock.now();
  const unended = await unfinishedAt(deployKey(request.config.app, request.environment.name), ports.store);
  const { fleet, plan, answered, healthy, sick } = await settled(request, ports, unended);
  if (plan.tracks.length > 0) await request.balancer?.reconcile();
  await takeBackForgotten({ plan, sick }, fleet, request.balancer, ports.log);
  if (plan.tracks.length === 0) {
    if (isWhole(request)) await settle(request, fleet, unended, ports);
    return summary({
      request,
      plan,
      fleet,
      healthy,
      deploy: null,
      performed: [],
      end: 'done',
      reasons: [],
      probe: null,
      resumable: false,
      startedAt,
      finishedAt: ports.clock.now(),
    });
  }
  const deploy = `${new Date(startedAt).toISOString().replace(/[-:]|\..*/g, '')}-${ports.random.hex(3)}`;
  return execute(
    request,
    { plan, progress: new DeployProgress(), fleet, answered, healthy, deploy, startedAt },
    ports,
  );
}

/** All of it runs, and is healthy: what an earlier deploy has left is over. */
async function settle(
  { config, instances, lease, shipped: { release } }: DeployRequest,
  fleet: ConnectedFleet,
  unended: UnfinishedRecord | null,
  { store, log }: DeployPorts,
): Promise<void> {
  if (unended !== null) await close(unended, { release, token: lease.token }, store);
  await noteSettled(instances, fleet, { token: () => lease.token, log, limit: config.ssh.concurrency });
}

/**
 * The draft, under a token that is newer than any of its servers has seen. What a run before has left there comes to its end
 * first, or is refused from now on: a command of one that died, or the stop of a group that is warm and needed again.
 */
async function settled(
  request: DeployRequest,
  ports: DeployPorts,
  unended: UnfinishedRecord | null,
): Promise<Draft> {
  const { lease, instances, config } = request;
  let drafted = await draft(request, ports);
  const takesOver = unended !== null || drafted.plan.tracks.some(({ warm }) => warm);
  const raise = (): Promise<number> => lease.raise(highestToken(instances, drafted.fleet.facts));
  if (takesOver) {
    await raise();
    const site = { hosts: drafted.fleet.hosts, token: () => lease.token };
    await fenceServers(instances, site, config.ssh.concurrency);
    drafted = await draft(request, ports);
  }
  tellDraft(drafted, ports.log);
  request.agree?.(drafted);
  if (!takesOver) await raise();
  return drafted;
}
