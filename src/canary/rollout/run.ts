/** The canary step: deploy to a few, split the traffic, then everywhere or back. */
import { events, openAudit } from '../../audit/index.ts';
import { openBalancer, refuseUnweighted } from '../../balancer/index.ts';
import type { Sticky } from '../../config/fields/sticky.ts';
import { CanopyError, fail, isCanopyError } from '../../errors.ts';
import {
  deliver,
  artifactOf,
  resultOf,
  underLeases,
  type DeployReport,
  type DeployArtifact,
} from '../../deploy/index.ts';
import type { Balancer, Store } from '../../ports/ports.ts';
import { whereItStays } from '../../shared/where-it-stays.ts';
import { stableBefore } from './counting.ts';
import { writeRollout } from './rollout.ts';
import type { CanarySetting } from './setting.ts';
import { sides } from './sides.ts';
import {
  change,
  isReadable,
  isWeight,
  LEASE_MS,
  read,
  type Change,
  type TrafficState,
} from '../../traffic/index.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** How long whoever splits the traffic may take to apply a change. By then the lease of a router that has died has run out. */
const settleMs = LEASE_MS + 2000;

/** No canary, and no share that could come back with it. */
export const off: readonly Change[] = [
  { kind: 'enable', on: false },
  { kind: 'weight', weight: 0 },
];

/** Deploys to the canary environment; once it is healthy it gets its first share of the traffic. */
export async function start(
  setting: CanarySetting,
  path: string | null,
  weight: number | null,
  sticky: Sticky | null = null,
): Promise<DeployReport> {
  const { canary, traffic } = sides(setting);
  if (weight !== null && !isWeight(weight))
    throw fail('traffic-value', { what: 'a weight', value: `${weight}` });
  await refuseAlert(setting);
  await refuseUnable(setting, sticky);
  const artifact = await soundArtifact(setting, canary, path);
  const { release } = artifact.shipped;
  return underLeases(setting, [canary], `canary start ${release}`, async (lease) => {
    await refuseAlert(setting);
    // While the instances change there is no share to give away, and a failed canary gets none.
    await apply(setting, 'no requests for the canary before its deploy', off);
    const report = await deliver({ ...setting, environment: canary, only: [], lease }, artifact);
    if (!isThere(report)) {
      setting.log.warn(`the canary gets no requests: its deploy has ended as ${report.end}`);
      return report;
    }
    const first = weight ?? setting.config.canary.steps[0]?.weight ?? traffic.weight;
    const salt = setting.open.random.hex(8);
    const store = await setting.open.store();
    const before = await stableBefore(setting, store);
    const startedAt = setting.open.clock.now();
    const begun = {
      salt,
      release: report.release,
      startedAt,
      before,
      steps: '',
      step: 0,
      stepAt: startedAt,
      outcome: null,
      gates: null,
    };
    await writeRollout(setting.config.app, { ...begun, analysis: null }, store);
    await applyAfter(report, setting, `canary start ${report.release} with ${first} %`, [
      // Who was with the last canary says nothing about who will be with this one.
      { kind: 'enable', on: true, salt },
      { kind: 'sticky', mode: sticky ?? traffic.sticky },
      { kind: 'weight', weight: first },
    ]);
    const share = ['no requests while its instances change', `then ${first} % of the requests`];
    return { ...report, outline: { ...report.outline, share } };
  });
}

/** Sets the canary's share in percent, how clients stick, or both. The first share of all switches it on; one that was taken out needs a start. */
export async function setWeight(
  setting: CanarySetting,
  weight: number | null,
  sticky: Sticky | null = null,
): Promise<TrafficState> {
  sides(setting);
  const store = await setting.open.store();
  // None at all is what is asked for also where nobody can read the state: then it is written anew.
  if (weight !== 0 || sticky !== null || (await isReadable(setting.config.app, store))) {
    await refuseAbsent(setting, store);
    await refuseUnable(setting, sticky);
  }
  const asked: [action: string, change: Change][] = [
    ...(weight === null ? [] : [[` weight ${weight}%`, { kind: 'weight', weight }] as [string, Change]]),
    ...(sticky === null ? [] : [[` sticky ${sticky}`, { kind: 'sticky', mode: sticky }] as [string, Change]]),
  ];
  return apply(
    setting,
    `canary${asked.map(([action]) => action).join('')}`,
    asked.map(([, change]) => change),
  );
}

/** There is none to be given anything, or it was taken out. */
async function refuseAbsent({ config }: CanarySetting, store: Store): Promise<void> {
  const state = await read(config.app, store);
  if (state === null || (state.begun && !state.enabled))
    throw fail('canary-absent', { what: 'give weight to' });
}

/** Everything to stable at once, until somebody re-arms. */
export async function abort(setting: CanarySetting, reason: string): Promise<TrafficState> {
  sides(setting);
  // A balancer that is away for now does not keep the alert from being raised, and from the others.
  refuseUnweighted(setting.config);
  const by = setting.actor.name;
  const alert = { since: setting.open.timer.now(), by, reason };
  return apply(setting, `canary abort: ${reason}`, [{ kind: 'alert', actor: 'store', alert }]);
}

/** Re-arms after an alert or a passive revert: the split goes on at its weight. */
export async function resume(setting: CanarySetting): Promise<TrafficState> {
  sides(setting);
  await refuseUnable(setting);
  return apply(setting, 'canary resume', [{ kind: 'rearm' }, { kind: 'resume' }]);
}

export async function refuseAlert(setting: CanarySetting): Promise<void> {
  const state = await read(setting.config.app, await setting.open.store());
  if (state?.alert)
    throw fail('canary-alert', { ...state.alert, since: new Date(state.alert.since).toISOString() });
}

/** Nobody but the router finds out by itself: what cannot be told a share has to be known before anything is changed. */
export async function refuseUnable(setting: CanarySetting, sticky: Sticky | null = null): Promise<void> {
  const { config, open } = setting;
  refuseUnweighted(config);
  if (config.traffic?.balancer === 'router') return;
  if (sticky !== null) throw fail('balancer-sticky', {});
  const balancer = balancerOf(setting, await open.store());
  await balancer?.check();
  await balancer?.reconcile();
}

/** Null when there is none. */
function balancerOf({ config, open, log, actor }: CanarySetting, store: Store): Balancer | null {
  const opened = openBalancer(config, { ...open, store, clock: open.timer, log }, { by: actor.name });
  return opened === null ? null : open.balancer(() => opened);
}

/** The artifact, once and for all: what is wrong with it is known before anything is taken out of the traffic. */
export async function soundArtifact(
  setting: CanarySetting,
  environment: string,
  path: string | null,
): Promise<DeployArtifact> {
  const artifact = await artifactOf({ ...setting, environment }, path);
  await artifact.sound;
  return artifact;
}

export const isThere = ({ end }: DeployReport): boolean => end === 'done' || end === 'unchanged';

/** The same after a deploy: when it is not applied everywhere, what was deployed is told all the same. */
export async function applyAfter(report: DeployReport, ...of: Parameters<typeof apply>): Promise<void> {
  try {
    await apply(...of);
  } catch (error) {
    if (!isCanopyError(error) || error.code !== 'balancer-late') throw error;
    const { data } = resultOf(report);
    throw new CanopyError(error.code, error.exit, error.problems, { cause: error, data });
  }
}

/** One change of the shared state: audited, and followed until every live router has applied it. Throws `balancer-late`. */
export async function apply(
  setting: CanarySetting,
  action: string,
  changes: readonly Change[],
): Promise<TrafficState> {
  const { config, open, actor, log } = setting;
  const store = await open.store();
  const audit = openAudit({ app: config.app, actor }, { store, clock: open.clock, log });
  log.info(action);
  // Another split concerns both sides; history shows it with each.
  const intended = { action, environment: config.traffic?.canary ?? '', target: 'traffic' };
  const id = await audit.intent(intended);
  const ended = (outcome: string, reasons: string[]): Promise<void> =>
    audit.outcome(id, {
      ...intended,
      outcome,
      reasons,
      event: outcome === 'failed' ? null : events.modified,
    });
  const late: string[] = [];
  let state: TrafficState;
  try {
    const ports = { store, clock: open.timer, log };
    // A share that a store has lost in a failover is one that nobody has asked for.
    state = await whereItStays(() => change(config.app, changes, ports), ports);
    late.push(...(await lateOnes(setting, store)));
    await ended(late.length > 0 ? 'late' : 'done', []);
  } catch (error) {
    await ended('failed', [messageOf(error)]);
    throw error;
  }
  // It stands in the store, and is not so everywhere: what is not known is not done.
  if (late.length > 0) throw fail('balancer-late', { who: late.join(', ') });
  return state;
}

/** Who has not applied the state as it is now. */
async function lateOnes(setting: CanarySetting, store: Store): Promise<readonly string[]> {
  const balancer = balancerOf(setting, store);
  if (balancer === null) return [];
  const late = await balancer.settle(settleMs);
  // A router without a lease may still serve: one that has lost the store goes on as before.
  if (late.length === 0 && setting.config.traffic?.balancer === 'router')
    await balancer.check().catch((error: unknown) => {
      if (!isCanopyError(error) || error.code !== 'router-none') throw error;
      setting.log.warn('no router is running that could confirm it');
    });
  return late;
}
