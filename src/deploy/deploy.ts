/** The steps deploy and rollback: artifact, lease, roll out. */
import { isReleaseId } from '../artifact/index.ts';
import { fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import { deployKey } from '../store-keys.ts';
import { artifactOf, heldRelease, type DeployArtifact } from './context/deploy-artifact.ts';
import { groupsOf } from './plan/groups.ts';
import { earlierOfGroups, earlierRelease } from './model/ways-back.ts';
import { preconnect, gatherFacts } from './servers/gather-facts.ts';
import { lastAt, leftFor } from './journal/unfinished.ts';
import { underLease } from './context/lease.ts';
import { rollOut } from './run.ts';
import { chosen, environmentOf, type Setting } from './context/setting.ts';
import type { DeployReport } from './report/summary.ts';
import { balancerOf, withAudit } from './with-audit.ts';

/** Puts an artifact on an environment. `path` is the archive or its manifest; null is the newest that was packaged here. */
export async function deploy(setting: Setting, path: string | null): Promise<DeployReport> {
  preconnect(chosen(environmentOf(setting.config, setting.environment), setting.only), setting.open);
  return deliver(setting, await artifactOf(setting, path));
}

/** The same with an artifact that was opened before: nothing of it is read twice. */
export function deliver(setting: Setting, artifact: DeployArtifact): Promise<DeployReport> {
  const { irreversible } = setting.config.artifact;
  return underLease(setting, `deploy ${artifact.shipped.release}`, (lease) =>
    withAudit(setting, lease, { ...artifact, action: 'deploy', unblocks: false, irreversible }, rollOut),
  );
}

/** Goes back to a release that the servers still hold: `to`, or what served before what serves now. */
export async function rollback(setting: Setting, to: string | null): Promise<DeployReport> {
  // It is written down in the lock: nothing goes in that is no release.
  const reason = `rollback to ${to === null ? 'the previous release' : isReleaseId(to) ? to : 'another release'}`;
  return underLease(setting, reason, async (lease) => {
    const artifact = heldRelease(setting, to ?? (await previousRelease(setting, lease)));
    return withAudit(
      setting,
      lease,
      { ...artifact, action: 'rollback', unblocks: true, irreversible: false },
      rollOut,
    );
  });
}

async function previousRelease(setting: Setting, lease: Lease): Promise<string> {
  const environment = environmentOf(setting.config, setting.environment);
  const instances = chosen(environment, setting.only);
  const { facts } = await gatherFacts(instances, setting.open, setting.config.ssh.concurrency);
  const { groups } = environment.rollout;
  const of = (names: readonly string[]) => names.flatMap((name) => facts[name] ?? []);
  const names = instances.map(({ name }) => name);
  const last = await lastAt(deployKey(setting.config.app, environment.name), await setting.open.store());
  let found = earlierRelease(of(names), leftFor(last, names));
  if (groups !== null) {
    // The way back leads over the group that does not serve: what it holds is what can be switched to.
    const drained = (await (await balancerOf(setting, lease))?.drained()) ?? [];
    const [live, idle] = groupsOf({ tags: groups, instances, facts, drained, release: null });
    found = earlierOfGroups(of(live), of(idle));
  }
  if (found === null) throw fail('no-earlier-release', { environment: environment.name });
  return found;
}
