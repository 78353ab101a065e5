/** What runs where: one picture of everything that Canopy knows. */
import { newestArtifact, type NewestArtifact } from '../artifact/index.ts';
import { viewBalancer, type BalancerView } from '../balancer/index.ts';
import type { Config } from '../config/types.ts';
import { environmentOf, isForeign, layoutOf, readJournal, tryAll } from '../deploy/index.ts';
import { CanopyError, type Problem } from '../errors.ts';
import { listFlags, type Flag } from '../flags/index.ts';
import { show, type LockRecord } from '../lock/index.ts';
import type { Opener } from '../opener.ts';
import type { Log, Store } from '../ports/ports.ts';
import { deployKey } from '../store-keys.ts';
import { liveRouters, read, shareOf, type Alert } from '../traffic/index.ts';
import { lookUp } from '../shared/look-up.ts';
import { lastDeployOf, type LastDeploy } from './last-deploy.ts';

export interface InstanceStatus {
  readonly name: string;
  readonly release: string | null;
  /** Canopy did not deploy it. */
  readonly foreign: boolean;
  /** What stands where something else is expected, as far as it is known; null: nothing. */
  readonly layout: string | null;
  readonly running: boolean;
  /** What the balancer says: healthy, unhealthy, unknown; null when none serves it. */
  readonly health: string | null;
  readonly drained: boolean;
  /** Releases that it holds and that once passed their gate. */
  readonly healthyReleases: readonly string[];
  /** Why it was not reached; null when it was. */
  readonly unreachable: string | null;
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
  const store = await open.store();
  const unreadable: string[] = [];
  const readable = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CanopyError) || error.code !== 'store-record') throw error;
      log.warn(error.message);
      const [{ message, hint }] = error.problems as [Problem];
      const told = hint ? `${message}; ${hint}` : message;
      if (!unreadable.includes(told)) unreadable.push(told);
      return null;
    }
  };
  const state = config.traffic === null ? null : await readable(() => read(config.app, store));
  const routers = config.traffic === null ? [] : (await liveRouters(config.app, store)).leases;
  const balancer = await readable(() => viewBalancer(config, { ...open, store, clock: open.timer, log }));
  const health = (name: string): string | null => {
    const seen = balancer === null ? undefined : lookUp(balancer.health, name);
    if (seen !== undefined) return seen;
    const said = routers.flatMap((router) => lookUp(router.health, name) ?? []);
    return said.find((word) => word !== 'healthy') ?? said[0] ?? null;
  };
  const environments = [];
  for (const name of names)
    environments.push(
      await environmentStatus(config, name, open, {
        ...{ store, drained: state?.drained ?? {}, health, readable },
      }),
    );
  const { flags } = await listFlags(config.app, { store, clock: open.clock, log });
  const traffic = state && {
    weight: state.weight,
    share: shareOf(state),
    enabled: state.enabled,
    alert: state.alert,
    reverted: state.reverted,
    maintenance: state.maintenance,
    routers: routers.length,
  };
  const artifact = await newestArtifact(config.folder, open);
  return { environments, traffic, balancer, flags, artifact, unreadable };
}

interface Around {
  readonly store: Store;
  readonly drained: Readonly<Record<string, unknown>>;
  readonly health: (name: string) => string | null;
  /** Null for a record that cannot be read. */
  readonly readable: <T>(work: () => Promise<T>) => Promise<T | null>;
}

async function environmentStatus(
  config: Config,
  name: string,
  open: Opener,
  { store, drained, health, readable }: Around,
): Promise<EnvironmentStatus> {
  const { instances } = environmentOf(config, name);
  const { facts, failed } = await tryAll(instances, open, config.ssh.concurrency);
  return {
    name,
    instances: instances.map((instance) => {
      const own = lookUp(facts, instance.name);
      return {
        name: instance.name,
        release: own?.current ?? null,
        foreign: own !== undefined && isForeign(own, own.current),
        layout: own === undefined ? null : layoutOf(instance, own),
        running: own?.running ?? false,
        health: health(instance.name),
        drained: Object.hasOwn(drained, instance.name),
        healthyReleases: own?.releases.flatMap(({ id, healthyAt }) => (healthyAt === null ? [] : [id])) ?? [],
        unreachable: failed.get(instance.name) ?? null,
      };
    }),
    lock: await readable(() => show({ app: config.app, environment: name }, store)),
    lastDeploy: await readable(() => lastDeploy(config.app, name, store)),
  };
}

async function lastDeploy(app: string, name: string, store: Store): Promise<EnvironmentStatus['lastDeploy']> {
  const key = deployKey(app, name);
  const text = await store.get(key);
  if (text === null) return null;
  return lastDeployOf(readJournal(text, key));
}
