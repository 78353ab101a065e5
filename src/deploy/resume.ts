/** Goes on with a deploy whose controller died, or that was left as it was. */
import type { Instance } from '../config/types.ts';
import { fail, failAll } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import { execute } from './execute.ts';
import { fenceServers } from './servers/fence-servers.ts';
import { askBefore } from './gate/before.ts';
import { artifactOf, heldRelease, type DeployArtifact } from './context/deploy-artifact.ts';
import type { ConnectedFleet, DeployRun } from './context/deploy-context.ts';
import { lastDeploy } from './last-deploy.ts';
import { lookAtAll } from './gate/look.ts';
import { gatherFacts } from './servers/gather-facts.ts';
import type { Journal } from './journal/journal.ts';
import type { ProofFinding } from './model/actions.ts';
import { underLease } from './context/lease.ts';
import { resumed } from './journal/resumed.ts';
import { environmentOf, type Setting } from './context/setting.ts';
import type { DeployReport } from './report/summary.ts';
import { withAudit } from './prepare.ts';

/** `id`: `last`, or the deploy that is meant. `artifact`: where its archive is, when it still has to be sent. */
export async function resume(setting: Setting, id: string, artifact: string | null): Promise<DeployReport> {
  return underLease(setting, `resume of ${id === 'last' ? 'the last deploy' : 'a deploy'}`, async (lease) => {
    const journal = await lastDeploy(setting, id);
    const names = [...journal.plan.tracks.map(({ instance }) => instance), ...journal.plan.retire];
    const { instances } = environmentOf(setting.config, setting.environment);
    const gone = names.filter((name) => !instances.some((instance) => instance.name === name));
    if (gone.length > 0) throw fail('resume-gone', { deploy: journal.deploy, instances: gone.join(', ') });
    const own = { ...setting, only: names };
    const chosen = instances.filter(({ name }) => names.includes(name));
    const { concurrency } = setting.config.ssh;
    const ask = (): Promise<ConnectedFleet> => gatherFacts(chosen, setting.open, concurrency, true);
    await fenceServers(chosen, await ask(), lease, concurrency);
    // What the dead run has left there may have come to its end only now.
    const fleet = await ask();
    const stand = await standing(journal, fleet, chosen, setting);
    const { http } = setting.open;
    const asking = { instances: chosen, plan: stand.plan, fleet, http, limit: concurrency };
    const { against } = await askBefore(asking);
    if (against.length > 0) throw failAll(against);
    const opened = await artifactFor(setting, journal, stand, artifact);
    setting.log.info(
      `goes on with the deploy ${journal.deploy} of ${journal.release}: ${stand.progress.records.length} actions are done`,
    );
    return carry(own, lease, opened, { journal, stand, fleet });
  });
}

/** Whoever passed its gate before is asked once: what is not healthy any more has to pass it again, or goes back. */
async function standing(
  journal: Journal,
  fleet: ConnectedFleet,
  instances: readonly Instance[],
  { config, open, log }: Setting,
): Promise<UnfinishedDeploy['stand']> {
  const first = resumed(journal, fleet.facts);
  const { progress } = first;
  const passed = instances.filter(
    ({ name }) => !progress.goesBack && !progress.isBad(name) && progress.did('gate', name) === 'ok',
  );
  const limit = config.ssh.concurrency;
  const { sick } = await lookAtAll(passed, journal.release, fleet, {
    ...open,
    log,
    limit,
    isEarlier: journal.action === 'rollback',
  });
  for (const [name, reason] of sick)
    log.warn(`was healthy with ${journal.release} and is not any more: ${reason}`, name);
  return sick.size === 0 ? first : resumed(journal, fleet.facts, new Set(sick.keys()));
}

interface UnfinishedDeploy {
  readonly journal: Journal;
  readonly stand: Pick<DeployRun, 'plan' | 'progress'>;
  readonly fleet: ConnectedFleet;
}

function carry(
  setting: Setting,
  lease: Lease,
  artifact: DeployArtifact,
  { journal, stand, fleet }: UnfinishedDeploy,
) {
  const { action, deploy, startedAt, sha256, answered = {} } = journal;
  return withAudit(setting, lease, { artifact, action }, async (context) => {
    // A plan that drains needs the balancer it was made with.
    if (stand.plan.balanced && context.balancer === null) throw fail('resume-balancer', { deploy });
    const balancer = stand.plan.balanced ? context.balancer : null;
    await balancer?.check();
    await balancer?.reconcile();
    const found = { fleet, answered, healthy: new Map<string, ProofFinding>() };
    return execute({ ...context, ...stand, ...found, balancer, deploy, startedAt, sha256 });
  });
}

/** The archive is needed only where it still has to be sent. */
async function artifactFor(
  setting: Setting,
  journal: Journal,
  { plan, progress }: UnfinishedDeploy['stand'],
  artifact: string | null,
): Promise<DeployArtifact> {
  const staged = plan.tracks.every(
    ({ instance, send }) =>
      !send || progress.did('stage', instance) === 'failed' || progress.bad.includes(instance),
  );
  if (journal.action === 'rollback' || staged) return heldRelease(setting, journal.release, journal);
  const opened = await artifactOf(setting, artifact);
  const { release, archive } = opened.shipped;
  // Where only the servers remember the deploy the hash is not known; the release's id is made of it.
  if (release !== journal.release || ![null, archive?.sha256].includes(journal.sha256))
    throw fail('resume-artifact', {
      deploy: journal.deploy,
      release: journal.release,
      found: opened.shipped.release,
    });
  await opened.sound;
  return opened;
}
