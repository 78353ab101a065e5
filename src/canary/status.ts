import { openHaproxy, viewBalancer, type BalancerView } from '../balancer/index.ts';
import { CanopyError } from '../errors.ts';
import type { Sticky } from '../config/fields/sticky.ts';
import { chosen, environmentOf, tryAll } from '../deploy/index.ts';
import type { Store } from '../ports/ports.ts';
import { liveRouters, read, shareOf, type Alert } from '../traffic/index.ts';
import type { Outcome } from '../shared/verdict.ts';
import { parseObserved, type ObservedSplit } from './parse.ts';
import { readRollout } from './rollout/rollout.ts';
import { sides } from './rollout/run.ts';
import type { CanarySetting } from './rollout/setting.ts';
import { sentenceOf } from './analysis-messages.ts';
import { lookUp } from '../shared/look-up.ts';

export interface ArmStatus {
  readonly environment: string;
  /** The release that all its instances run; null when they differ, none runs, or one could not be asked. */
  readonly release: string | null;
  readonly instances: readonly {
    readonly name: string;
    readonly release: string | null;
    readonly running: boolean;
    readonly drained: boolean;
    readonly reach: string;
  }[];
}
interface AnalysisStatus {
  /** From 0. */
  readonly step: number;
  /** How it has ended; null: it has not. */
  readonly outcome: Outcome | null;
  readonly sentence: string;
}
export interface CanaryStatus {
  readonly enabled: boolean;
  /** Percent that was asked for, and percent that holds now. */
  readonly weight: number;
  readonly share: number;
  /** What the router at the admin address has counted; null when none could be asked. */
  readonly observed: ObservedSplit | null;
  readonly alert: Alert | null;
  readonly reverted: Alert | null;
  /** How often in a row the canary had to be reverted again. */
  readonly relapses: number;
  readonly sticky: Sticky;
  /** How far the analysis of this canary has come; null: there is none. */
  readonly analysis: AnalysisStatus | null;
  readonly canary: ArmStatus;
  readonly stable: ArmStatus;
  readonly routers: number;
  /** Who splits, and where it differs from what is wanted. */
  readonly balancer: BalancerView | null;
}

/** What runs on both arms and how the traffic is split. */
export async function status(setting: CanarySetting): Promise<CanaryStatus> {
  const names = sides(setting);
  const { config, open } = setting;
  const store = await open.store();
  const [state, routers] = await Promise.all([read(config.app, store), liveRouters(config.app, store)]);
  const drained = state?.drained ?? {};
  const [canary, stable] = await Promise.all([
    arm(setting, names.canary, drained),
    arm(setting, names.stable, drained),
  ]);
  return {
    enabled: state?.enabled ?? false,
    weight: state?.weight ?? 0,
    share: state ? shareOf(state) : 0,
    observed: await observed(setting, store),
    alert: state?.alert ?? null,
    reverted: state?.reverted ?? null,
    relapses: state?.relapses ?? 0,
    sticky: state?.sticky ?? 'none',
    analysis: state === null ? null : await analysisOf(setting, state.salt, store),
    canary,
    stable,
    routers: routers.leases.length,
    balancer: await viewBalancer(config, { ...open, store, clock: open.timer, log: setting.log }),
  };
}

async function analysisOf(
  { config, log }: CanarySetting,
  salt: string,
  store: Store,
): Promise<AnalysisStatus | null> {
  const found = await readRollout(config.app, salt, { store, log });
  if (found === null || found.analysis === null) return null;
  return { step: found.step, outcome: found.outcome, sentence: sentenceOf(found) };
}

async function arm(
  setting: CanarySetting,
  environment: string,
  drained: Readonly<Record<string, unknown>>,
): Promise<ArmStatus> {
  const { config, open } = setting;
  const instances = chosen(environmentOf(config, environment), []);
  const { facts, failed } = await tryAll(instances, open, config.ssh.concurrency);
  const releases = new Set(instances.map(({ name }) => lookUp(facts, name)?.current ?? null));
  const [only] = releases;
  return {
    environment,
    release: releases.size === 1 ? (only ?? null) : null,
    instances: instances.map(({ name }) => ({
      name,
      release: lookUp(facts, name)?.current ?? null,
      running: lookUp(facts, name)?.running ?? false,
      drained: Object.hasOwn(drained, name),
      reach: failed.get(name) ?? 'ok',
    })),
  };
}

/** What HAProxy has counted, or the router at the admin address; one elsewhere may not be reachable from here. */
async function observed(setting: CanarySetting, store: Store): Promise<ObservedSplit | null> {
  const { config, open, log } = setting;
  const { traffic } = sides(setting);
  if (traffic.balancer !== 'router') {
    const haproxy = openHaproxy(config, { ...open, store, clock: open.timer, log });
    // One that does not answer is told with its drift.
    const found = await haproxy?.observed().catch((error: unknown) => {
      if (error instanceof CanopyError) return null;
      throw error;
    });
    return found ? { ...found, bound: null, forced: 0 } : null;
  }
  const { host, port } = traffic.admin.listen;
  const token = traffic.admin.token;
  const http = await setting.open.http();
  const headers = token === null ? {} : { authorization: `Bearer ${token.reveal()}` };
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const answer = await http.get(`http://${at.includes(':') ? `[${at}]` : at}:${port}/weight`, {
    effect: 'read',
    timeoutMs: 1000,
    headers,
  });
  return answer.status === 200 ? parseObserved(answer.body) : null;
}
