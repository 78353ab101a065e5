/** The steps deploy and rollback, from top to bottom: artifact and lease, the plan, and what is done with it. */
import { isReleaseId } from '../artifact/index.ts';
import { fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import { deployKey } from '../store-keys.ts';
import { artifactOf, heldRelease, type DeployArtifact } from './context/deploy-artifact.ts';
import { isWhole, type ConnectedFleet, type DeployContext, type Draft } from './context/deploy-context.ts';
import { underLease } from './context/lease.ts';
import { chosen, environmentOf, type Setting } from './context/setting.ts';
import { draftUnderLease } from './draft.ts';
import { execute } from './execute.ts';
import { close, journalAt, leftFor, unfinishedAt, type StoredJournal } from './journal/unfinished.ts';
import { DeployProgress } from './model/progress.ts';
import { earlierOfGroups, earlierRelease } from './model/ways-back.ts';
import { groupsOf } from './plan/groups.ts';
import { balancerOf, withAudit } from './prepare.ts';
import { summary, type DeployReport } from './report/summary.ts';
import { gatherFacts, preconnect } from './servers/gather-facts.ts';
import { noteSettled } from './servers/note-settled.ts';
import { takeBackForgotten } from './servers/take-back.ts';

/** Puts an artifact on an environment. `path` is the archive or its manifest; null is the newest that was packaged here. */
export async function deploy(setting: Setting, path: string | null): Promise<DeployReport> {
  preconnect(chosen(environmentOf(setting.config, setting.environment), setting.only), setting.open);
  return deliver(setting, await artifactOf(setting, path));
}

/** The same with an artifact that was opened before: nothing of it is read twice. */
export const deliver = (setting: Setting, artifact: DeployArtifact): Promise<DeployReport> =>
  underLease(setting, `deploy ${artifact.shipped.release}`, (lease) =>
    withAudit(setting, lease, { artifact, action: 'deploy' }, rollOut),
  );

/** Goes back to a release that the servers still hold: `to`, or what served before what serves now. */
export async function rollback(setting: Setting, to: string | null): Promise<DeployReport> {
  // It is written down in the lock: nothing goes in that is no release.
  const reason = `rollback to ${to === null ? 'the previous release' : isReleaseId(to) ? to : 'another release'}`;
  return underLease(setting, reason, async (lease) => {
    const artifact = heldRelease(setting, to ?? (await previousRelease(setting, lease)));
    return withAudit(setting, lease, { artifact, action: 'rollback' }, rollOut);
  });
}

/**
 * Facts and plan, then carried out. `agree` throws when this is not the plan that was agreed on. Throws only when nothing was
 * touched.
 */
export async function rollOut(
  context: DeployContext,
  agree: (draft: Draft) => void = () => undefined,
): Promise<DeployReport> {
  const { config, environment, clock, store, balancer, random } = context;
  const startedAt = clock.now();
  const unended = await unfinishedAt(deployKey(config.app, environment.name), store);
  const { sick, remarks: _told, ...drafted } = await draftUnderLease(context, unended, agree);
  const { plan, fleet } = drafted;
  if (plan.tracks.length > 0) await balancer?.reconcile();
  await takeBackForgotten(context, { plan, sick, fleet });
  if (plan.tracks.length === 0) {
    if (isWhole(context)) await settle(context, fleet, unended);
    return summary({
      ...drafted,
      request: context,
      deploy: null,
      performed: [],
      end: 'done',
      reasons: [],
      probe: null,
      resumable: false,
      startedAt,
      finishedAt: clock.now(),
    });
  }
  const deploy = `${new Date(startedAt).toISOString().replace(/[-:]|\..*/g, '')}-${random.hex(3)}`;
  const progress = new DeployProgress();
  return execute({ ...context, ...drafted, progress, deploy, startedAt, sha256: null });
}

/** All of it runs, and is healthy: what an earlier deploy has left is over. */
async function settle(
  context: DeployContext,
  fleet: ConnectedFleet,
  unended: StoredJournal | null,
): Promise<void> {
  const { lease, shipped, store } = context;
  if (unended !== null) await close(unended, { release: shipped.release, token: lease.token }, store);
  await noteSettled(context, fleet);
}

async function previousRelease(setting: Setting, lease: Lease): Promise<string> {
  const environment = environmentOf(setting.config, setting.environment);
  const instances = chosen(environment, setting.only);
  const { facts } = await gatherFacts(instances, setting.open, setting.config.ssh.concurrency);
  const { groups } = environment.rollout;
  const of = (names: readonly string[]) => names.flatMap((name) => facts[name] ?? []);
  const names = instances.map(({ name }) => name);
  const key = deployKey(setting.config.app, environment.name);
  const { journal } = await journalAt(key, await setting.open.store());
  let found = earlierRelease(of(names), leftFor(journal, names));
  if (groups !== null) {
    // The way back leads over the group that does not serve: what it holds is what can be switched to.
    const drained = (await (await balancerOf(setting, lease))?.drained()) ?? [];
    const [live, idle] = groupsOf({ tags: groups, instances, facts, drained, release: null });
    found = earlierOfGroups(of(live), of(idle));
  }
  if (found === null) throw fail('no-earlier-release', { environment: environment.name });
  return found;
}
