/** `status`: what runs where, one picture of everything that Canopy knows. */
import { newestArtifact, type NewestArtifact } from '../artifact/index.ts';
import type { BalancerView } from '../balancer/index.ts';
import type { Config } from '../config/types.ts';
import { environmentOf } from '../deploy/index.ts';
import type { Flag } from '../flags/index.ts';
import type { LockRecord } from '../lock/index.ts';
import {
  instancesOf,
  observe,
  type ServerSnapshot,
  type InstanceSnapshot,
  type TrafficSnapshot,
} from '../observe/index.ts';
import type { Opener } from '../opener.ts';
import type { Log } from '../ports/ports.ts';
import { lookUp } from '../shared/look-up.ts';
import { shareOf, type Alert, type Health } from '../traffic/index.ts';
import { lastDeployOf, type LastDeploy } from './last-deploy.ts';

export interface InstanceStatus extends ServerSnapshot {
  readonly name: string;
  /** What the balancer says; null when none serves it. */
  readonly health: Health | null;
  readonly drained: boolean;
}
export interface EnvironmentStatus {
  readonly name: string;
  readonly instances: readonly InstanceStatus[];
  readonly lock: LockRecord | null;
  readonly lastDeploy: LastDeploy | null;
}
export interface Status {
  readonly environments: readonly EnvironmentStatus[];
  readonly traffic: {
    readonly weight: number;
    readonly share: number;
    readonly enabled: boolean;
    readonly alert: Alert | null;
    readonly reverted: Alert | null;
    /** Since when, by whom and why no request is passed on. */
    readonly maintenance: Alert | null;
    readonly routers: number;
  } | null;
  /** Who splits the traffic, and where it differs from what is wanted; null without a traffic section. */
  readonly balancer: BalancerView | null;
  readonly flags: readonly Flag[];
  /** The newest that was packaged here; null: none, or no repository to compare it with. */
  readonly artifact: NewestArtifact | null;
  /** Records that cannot be read, each with what is wrong and the way out: what stands in them is not in the picture. */
  readonly unreadable: readonly string[];
}

/** One environment, or all; an instance that cannot be reached is told, not thrown, and so is a record that cannot be read. */
export async function status(config: Config, only: string | null, open: Opener, log: Log): Promise<Status> {
  const names = only === null ? Object.keys(config.environments) : [environmentOf(config, only).name];
  const seen = await observe(
    config,
    { open, log },
    { parts: ['traffic', 'balancer', 'locks', 'deploys', 'flags', 'servers'], environments: names },
  );
  for (const { message } of seen.unreadable) log.warn(message);
  return {
    environments: names.map((name) => {
      const last = lookUp(seen.deploys, name) ?? null;
      return {
        name,
        instances: instancesOf(config, name, seen).map(instanceStatus),
        lock: lookUp(seen.locks, name) ?? null,
        lastDeploy: last === null ? null : lastDeployOf(last),
      };
    }),
    traffic: trafficStatus(seen.traffic),
    balancer: seen.balancer,
    flags: seen.flags,
    artifact: await newestArtifact(config.folder, open),
    unreadable: seen.unreadable.map(({ message, hint }) => (hint ? `${message}; ${hint}` : message)),
  };
}

function instanceStatus({ name, server, health, drained }: InstanceSnapshot): InstanceStatus {
  const { release, foreign, layout, running, healthyReleases, unreachable } = server ?? notAsked;
  return { name, release, foreign, layout, running, health, drained, healthyReleases, unreachable };
}

const notAsked = {
  ...{ release: null, foreign: false, layout: null, running: false },
  ...{ healthyReleases: [], unreachable: null },
};

function trafficStatus({ state, routers }: TrafficSnapshot): Status['traffic'] {
  if (state === null) return null;
  const { weight, enabled, alert, reverted, maintenance } = state;
  return { weight, share: shareOf(state), enabled, alert, reverted, maintenance, routers: routers.length };
}
