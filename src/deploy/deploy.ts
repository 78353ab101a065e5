/** The steps deploy and rollback: artifact, lease, roll out, audit. */
import { isReleaseId, readArtifact, type Artifact } from '../artifact/index.ts';
import { openAudit } from '../audit/index.ts';
import { CanopyError, fail } from '../errors.ts';
import type { Lease } from '../lock/index.ts';
import type { Balancer } from '../ports.ts';
import { storeBalancer } from '../traffic/index.ts';
import { earlierRelease } from './facts.ts';
import { survey } from './hosts.ts';
import { underLease } from './lease.ts';
import { outlasting } from './outlast.ts';
import type { PlanInput } from './plan.ts';
import { rollOut } from './run.ts';
import type { Shipped } from './shipped.ts';
import { chosen, environmentOf, type Setting } from './setting.ts';
import type { DeployReport } from './summary.ts';

/** Puts an artifact on an environment. `path` is the archive or its manifest; null is the newest that was packaged here. */
export async function deploy(setting: Setting, path: string | null): Promise<DeployReport> {
  const artifact = await readArtifact(
    { path, folder: setting.config.folder, app: setting.config.app },
    { archive: await setting.open.archive(), files: await setting.open.files() },
  );
  const { manifest } = artifact;
  if (path === null) await warnOfOlder(manifest.commit, setting);
  const shipped = {
    app: setting.config.app,
    release: manifest.id,
    commit: manifest.commit,
    version: manifest.version,
    actor: setting.actor.name,
    archive: { file: artifact.file, sha256: manifest.sha256, size: manifest.size },
  };
  const irreversible = setting.config.artifact.irreversible;
  return underLease(setting, `deploy ${manifest.id}`, (lease) =>
    release(setting, lease, 'deploy', {
      shipped,
      size: { packed: manifest.size, unpacked: unpacked(artifact) },
      unblocks: false,
      irreversible,
    }),
  );
}

/** Goes back to a release that the servers still hold: `to`, or the newest healthy one before the present. */
export async function rollback(setting: Setting, to: string | null): Promise<DeployReport> {
  // It is written down in the lock: nothing goes in that is no release.
  const reason = `rollback to ${to === null ? 'the previous release' : isReleaseId(to) ? to : 'another release'}`;
  return underLease(setting, reason, async (lease) => {
    const id = to ?? (await previousRelease(setting));
    const shipped = {
      app: setting.config.app,
      release: id,
      commit: '',
      version: '',
      actor: setting.actor.name,
      archive: null,
    };
    return release(setting, lease, 'rollback', { shipped, size: null, unblocks: true, irreversible: false });
  });
}

/** The newest artifact may be of an earlier commit than the one that is checked out: a forgotten package. */
async function warnOfOlder(commit: string, { open, log }: Setting): Promise<void> {
  try {
    const head = await (await open.git()).head();
    if (head.commit !== commit)
      log.warn(
        `the newest artifact is of commit ${commit.slice(0, 7)}, checked out is ${head.commit.slice(0, 7)}`,
      );
  } catch (error) {
    // Without a repository there is nothing to compare with.
    if (!(error instanceof CanopyError)) throw error;
  }
}

interface Given {
  readonly shipped: Shipped;
  readonly size: PlanInput['size'];
  readonly unblocks: boolean;
  readonly irreversible: boolean;
}

async function release(
  setting: Setting,
  lease: Lease,
  action: 'deploy' | 'rollback',
  given: Given,
): Promise<DeployReport> {
  const { config, open, log, signal, actor } = setting;
  const environment = environmentOf(config, setting.environment);
  const store = await open.store();
  const audit = openAudit({ app: config.app, actor }, { store, clock: open.clock, log });
  const id = await audit.intent({ action, environment: environment.name, release: given.shipped.release });
  try {
    const report = await rollOut(
      {
        ...given,
        config,
        environment,
        instances: chosen(environment, setting.only),
        balancer: await balancerOf(setting, lease.lost),
        lease,
        actor: actor.name,
        signal,
      },
      { ...open, store, log },
    );
    await audit.outcome(id, {
      action,
      environment: environment.name,
      release: report.release,
      outcome: report.end,
      reasons: report.reasons,
    });
    return report;
  } catch (error) {
    const reasons = [error instanceof CanopyError ? error.message : String(error)];
    await audit.outcome(id, {
      action,
      environment: environment.name,
      release: given.shipped.release,
      outcome: 'failed',
      reasons,
    });
    throw error;
  }
}

async function balancerOf(setting: Setting, lost: AbortSignal): Promise<Balancer | null> {
  const { config, open, log, actor } = setting;
  const { traffic } = config;
  const served = traffic !== null && [traffic.stable, traffic.canary].includes(setting.environment);
  if (!served || !setting.balanced || traffic.balancer === 'none') {
    if (served) log.warn('no balancer: requests that reach an instance while it restarts are lost');
    return null;
  }
  const store = await open.store();
  const real = open.balancer(() =>
    storeBalancer({ app: config.app, store, clock: open.timer, log, by: actor.name }),
  );
  return outlasting(real, { clock: open.timer, log, lost });
}

async function previousRelease(setting: Setting): Promise<string> {
  const environment = environmentOf(setting.config, setting.environment);
  const instances = chosen(environment, setting.only);
  const { facts } = await survey(instances, setting.open, setting.config.ssh.concurrency);
  const found = earlierRelease(instances.flatMap((instance) => facts[instance.name] ?? []));
  if (found === null) throw fail('no-earlier-release', { environment: environment.name });
  return found;
}

const unpacked = (artifact: Artifact): number =>
  Object.values(artifact.manifest.files).reduce((sum, file) => sum + file.size, 0);
