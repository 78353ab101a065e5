/** A release that has been tried goes to all; whatever becomes of that, the end says what the canary gets. */
import {
  chosen,
  deliver,
  environmentOf,
  lookAtAll,
  notProven,
  retryWhileAway,
  tryAll,
  underLeases,
  type DeployReport,
  type FactsByInstance,
  type InstanceFacts,
} from '../deploy/index.ts';
import { CanopyError, fail, failAll, problem, type Problem } from '../errors.ts';
import { read, shareOf } from '../traffic/index.ts';
import { lateOf } from './analysis-messages.ts';
import { apply, applyAfter, isThere, off, refuseAlert, refuseUnable, soundArtifact } from './rollout/run.ts';
import { sides } from './rollout/sides.ts';
import type { CanarySetting } from './rollout/setting.ts';

/** The canary's release on the stable environment by that one's strategy; then the canary gets no more traffic. */
export async function promote(setting: CanarySetting, path: string | null): Promise<DeployReport> {
  try {
    return await promoted(setting, path);
  } catch (error) {
    if (!(error instanceof CanopyError) || error.code === 'superseded' || error.exit === 2) throw error;
    const said = await keptShare(setting);
    if (said === null) throw error;
    throw new CanopyError(error.code, error.exit, [...error.problems, said], {
      cause: error,
      data: error.data,
    });
  }
}

async function promoted(setting: CanarySetting, path: string | null): Promise<DeployReport> {
  const { canary, stable } = sides(setting);
  await refuseAlert(setting);
  await refuseUnable(setting);
  const artifact = await soundArtifact(setting, stable, path);
  return underLeases(setting, [canary, stable], `promote ${artifact.shipped.release}`, async (lease) => {
    await refuseAlert(setting);
    const release = await canaryRelease(setting, canary);
    if (release !== artifact.shipped.release) throw otherRelease(setting, release, artifact.shipped.release);
    const report = await deliver({ ...setting, environment: stable, only: [], lease }, artifact);
    const lasting = (work: () => Promise<unknown>) =>
      retryWhileAway(work, { clock: setting.open.timer, log: setting.log, lost: lease.lost });
    if (isThere(report)) {
      await lasting(() => applyAfter(report, setting, `canary retired after promote of ${release}`, off));
      return { ...report, outline: { ...report.outline, share: ['then no requests: it is retired'] } };
    }
    if (report.end !== 'reverted') return keeping(report, setting);
    const stopped = lasting(() => apply(setting, `canary stop: promote of ${release} was reverted`, off));
    // The verdict stands, whoever has not heard of it.
    const late = await stopped.then(() => '', lateOf);
    return {
      ...report,
      reasons: [...report.reasons, `the canary is taken back: ${stable} gets all requests${late}`],
    };
  });
}

/** A release that has not come to stable goes on serving its share: whoever reads the end has to know. */
async function keeping(report: DeployReport, setting: CanarySetting): Promise<DeployReport> {
  const said = await keptShare(setting);
  if (said === null) return report;
  return {
    ...report,
    reasons: [...report.reasons, said.message],
    problems: report.problems.concat(report.problems.length > 0 ? said : []),
  };
}

/** Null: it has none, or nobody can tell. */
async function keptShare({ config, open }: CanarySetting): Promise<Problem | null> {
  try {
    const state = await read(config.app, await open.store());
    const share = state === null ? 0 : shareOf(state);
    return share === 0 ? null : problem('canary-kept', { share: `${share}` });
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    return null;
  }
}

/** A run that has an order has been overtaken; a person has named another artifact than the canary's. */
const otherRelease = ({ queue, config }: CanarySetting, canary: string, artifact: string): CanopyError =>
  queue?.turn
    ? fail('superseded', {
        environment: config.traffic?.canary ?? '',
        reason: `it runs ${canary} now, not ${artifact}`,
      })
    : fail('canary-other-release', { canary, artifact });

/** The one release that all instances of the canary run, that has passed its gate there, and is healthy now. */
async function canaryRelease(setting: CanarySetting, canary: string): Promise<string> {
  const instances = chosen(environmentOf(setting.config, canary), []);
  const limit = setting.config.ssh.concurrency;
  const { hosts, facts, problems } = await tryAll(instances, setting.open, limit);
  // What cannot be asked may run anything.
  if (problems.length > 0) throw failAll(problems);
  const names = instances.map(({ name }) => name);
  const release = oneRelease(canary, names, facts);
  for (const name of names) refuseUnproven(name, release, facts[name]);
  const { open, log } = setting;
  const fleet = { hosts, facts };
  const looked = await lookAtAll(instances, release, fleet, { ...open, log, limit, isEarlier: true });
  for (const [instance, { unproven }] of looked.healthy)
    if (unproven !== undefined) log.warn(notProven(release, unproven), instance);
  for (const [instance, reason] of looked.sick)
    throw fail('canary-unproven', { instance, release, state: `is not healthy now (${reason})` });
  return release;
}

/** Throws `canary-mixed`, and `canary-absent` when nothing runs. */
function oneRelease(canary: string, names: readonly string[], facts: FactsByInstance): string {
  const releases = [...new Set(names.map((name) => facts[name]?.current ?? 'nothing'))];
  if (releases.length > 1) throw fail('canary-mixed', { environment: canary, releases: releases.join(', ') });
  const [release = 'nothing'] = releases;
  if (release === 'nothing') throw fail('canary-absent', { what: 'promote' });
  return release;
}

function refuseUnproven(instance: string, release: string, own: InstanceFacts | undefined): void {
  const healthy = own?.releases.some(({ id, healthyAt }) => id === release && healthyAt !== null) ?? false;
  if (healthy && own?.running) return;
  const state = healthy ? 'is stopped' : 'never passed its gate';
  throw fail('canary-unproven', { instance, release, state });
}
