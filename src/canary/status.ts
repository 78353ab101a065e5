import { chosen, environmentOf, tryAll } from '../deploy/index.ts';
import { liveRouters, read, shareOf, type Alert } from '../traffic/index.ts';
import { parseObserved, type Observed } from './parse.ts';
import { sides, type CanarySetting } from './run.ts';

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
export interface CanaryStatus {
  readonly enabled: boolean;
  /** Percent that was asked for, and percent that holds now. */
  readonly weight: number;
  readonly share: number;
  /** What the router at the admin address has counted; null when none could be asked. */
  readonly observed: Observed | null;
  readonly alert: Alert | null;
  readonly reverted: Alert | null;
  readonly canary: ArmStatus;
  readonly stable: ArmStatus;
  readonly routers: number;
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
    observed: await observed(setting),
    alert: state?.alert ?? null,
    reverted: state?.reverted ?? null,
    canary,
    stable,
    routers: routers.leases.length,
  };
}

async function arm(
  setting: CanarySetting,
  environment: string,
  drained: Readonly<Record<string, unknown>>,
): Promise<ArmStatus> {
  const { config, open } = setting;
  const instances = chosen(environmentOf(config, environment), []);
  const { facts, failed } = await tryAll(instances, open, config.ssh.concurrency);
  const releases = new Set(instances.map(({ name }) => facts[name]?.current ?? null));
  const [only] = releases;
  return {
    environment,
    release: releases.size === 1 ? (only ?? null) : null,
    instances: instances.map(({ name }) => ({
      name,
      release: facts[name]?.current ?? null,
      running: facts[name]?.running ?? false,
      drained: name in drained,
      reach: failed.get(name) ?? 'ok',
    })),
  };
}

/** What the router at the admin address has counted; a router elsewhere may not be reachable from here. */
async function observed(setting: CanarySetting): Promise<Observed | null> {
  const { traffic } = sides(setting);
  if (traffic.balancer !== 'router') return null;
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
