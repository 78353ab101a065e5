/** `canary status`: the split, and what runs on both arms. */
import type { BalancerView } from '../balancer/index.ts';
import { sides } from '../canary/index.ts';
import type { Config, Sticky } from '../config/types.ts';
import { chosen, environmentOf } from '../deploy/index.ts';
import { failAll } from '../errors.ts';
import {
  instancesOf,
  observe,
  type InstanceSnapshot,
  type ObservedSplit,
  type RolloutSnapshot,
} from '../observe/index.ts';
import type { Opener } from '../opener.ts';
import type { Log } from '../ports/ports.ts';
import type { Outcome } from '../shared/verdict.ts';
import { shareOf, type Alert } from '../traffic/index.ts';

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

/** What runs on both arms and how the traffic is split. Throws `no-traffic`, and `store-record` for a state that cannot be read. */
export async function canaryStatus(config: Config, open: Opener, log: Log): Promise<CanaryStatus> {
  const names = sides({ config });
  for (const name of [names.canary, names.stable]) chosen(environmentOf(config, name), []);
  const seen = await observe(
    config,
    { open, log },
    {
      parts: ['traffic', 'rollout', 'servers', 'balancer', 'counted'],
      environments: [names.canary, names.stable],
    },
  );
  if (seen.unreadable.length > 0) throw failAll(seen.unreadable);
  const { state, routers } = seen.traffic;
  const { enabled, weight, alert, reverted, relapses, sticky } = state ?? noCanary;
  return {
    ...{ enabled, weight, share: state === null ? 0 : shareOf(state), observed: seen.counted },
    ...{ alert, reverted, relapses, sticky, analysis: analysisOf(seen.rollout) },
    canary: armOf(names.canary, instancesOf(config, names.canary, seen)),
    stable: armOf(names.stable, instancesOf(config, names.stable, seen)),
    routers: routers.length,
    balancer: seen.balancer,
  };
}

const noCanary = {
  enabled: false,
  weight: 0,
  alert: null,
  reverted: null,
  relapses: 0,
  sticky: 'none',
} as const;

function analysisOf(rollout: RolloutSnapshot | null): AnalysisStatus | null {
  if (rollout === null || rollout.sentence === null) return null;
  const { step, outcome, sentence } = rollout;
  return { step, outcome, sentence };
}

function armOf(environment: string, all: readonly InstanceSnapshot[]): ArmStatus {
  const releases = new Set(all.map(({ server }) => server?.release ?? null));
  const [only] = releases;
  return {
    environment,
    release: releases.size === 1 ? (only ?? null) : null,
    instances: all.map(({ name, server, drained }) => ({
      name,
      release: server?.release ?? null,
      running: server?.running ?? false,
      drained,
      reach: server?.unreachable ?? 'ok',
    })),
  };
}
