/** What the actions of a deploy work with, from what it was asked for. */
import type { Environment } from '../config/types.ts';
import type { DeployPorts } from './context/ports.ts';
import { isWhole, type DeployRequest } from './context/request.ts';
import type { DeployProgress } from './model/progress.ts';
import { showAction, type ProofFinding } from './model/actions.ts';
import { openGuard } from './perform/guard.ts';
import type { Stage } from './perform/stage.ts';
import type { Uploads } from './perform/uploads.ts';
import { trackOf, type Plan } from './model/plan.ts';
import type { ConnectedFleet } from './servers/gather-facts.ts';
import { strategies } from './strategies/strategies.ts';

export interface Load {
  readonly plan: Plan;
  readonly progress: DeployProgress;
  readonly fleet: ConnectedFleet;
  /** What instances said of their health before anything was touched. */
  readonly answered: Readonly<Record<string, string>>;
  /** Instances that are left alone and were found healthy, and what proves it. */
  readonly healthy: ReadonlyMap<string, ProofFinding>;
  /** The deploy's id: a new one, or that of the one which is resumed. */
  readonly deploy: string;
  readonly startedAt: number;
  /** Of the artifact, where it is known though nothing is sent any more. */
  readonly sha256?: string | null;
}

export function stageOf(
  request: DeployRequest,
  { fleet, plan, deploy, progress, answered }: Load,
  ports: DeployPorts,
  { stop, uploads }: { readonly stop: AbortSignal; readonly uploads: Uploads | null },
): Stage {
  const { environment, config, balancer } = request;
  const { rollout, hooks } = environment;
  const mostOut = strategies[plan.strategy].mostOut(rollout, environment.instances.length);
  return {
    instances: new Map(request.instances.map((instance) => [instance.name, instance])),
    hosts: fleet.hosts,
    plan,
    balancer,
    guard:
      balancer === null || mostOut === 'any'
        ? null
        : openGuard({ config, environment, mostOut, balancer, clock: ports.clock, log: ports.log, stop }),
    shipped: request.shipped,
    uploads,
    endUpload: () => (progress.touched.length === 0 ? stop : null),
    facts: fleet.facts,
    hooks,
    immutable: config.artifact.immutable,
    action: request.action,
    reasonOf: (name) => progress.forward.filter(({ instance }) => instance === name).map(showAction)[0] ?? '',
    exec: ports.exec,
    folder: request.config.folder,
    whole: isWhole(request),
    healthyForMs: rollout.healthyForMs,
    drainMs: rollout.drainMs,
    keepWarmMs: rollout.keepWarmMs,
    answered,
    isUnwell: (name) => progress.records.some(({ instance, unwell }) => unwell && instance === name),
    masked: ports.masked,
    answers: new Map(),
    deploy,
    token: () => request.lease.token,
    frame: ({ instance }) => ({
      environment: environment.name,
      order: request.action,
      whole: coversAll(environment, plan),
      brings: plan.release,
      previous: trackOf(plan, instance)?.previous ?? null,
      stopped: trackOf(plan, instance)?.stopped === true,
      back: trackOf(plan, instance)?.back === true,
      failed: progress.isBad(instance),
    }),
    http: ports.http,
    clock: ports.clock,
    log: ports.log,
  };
}

/** Whether the plan is about every instance of its environment. */
const coversAll = ({ instances }: Environment, { tracks, retire, unchanged }: Plan): boolean =>
  tracks.length + retire.length + unchanged.length === instances.length;
