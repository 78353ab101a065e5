/** One deploy: what is asked and what it works with, what was found out before it begins, and how far it has come. */
import type { Config, Environment, Instance } from '../../config/types.ts';
import type { Lease } from '../../lock/index.ts';
import type { Opener } from '../../opener.ts';
import type { Balancer, Host, Log, Store } from '../../ports/ports.ts';
import type { ProofFinding } from '../model/actions.ts';
import type { FactsByInstance } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';
import type { DeployArtifact } from './deploy-artifact.ts';

type DeployPorts = Pick<
  Opener,
  'ssh' | 'local' | 'http' | 'archive' | 'exec' | 'masked' | 'clock' | 'timer' | 'random'
>;

/** What a plan is made for and with: what is asked, and the ports. No lease is needed to look. */
export interface PlanContext extends DeployArtifact, DeployPorts {
  readonly action: 'deploy' | 'rollback';
  readonly config: Config;
  readonly environment: Environment;
  readonly instances: readonly Instance[];
  readonly balancer: Balancer | null;
  readonly store: Store;
  readonly log: Log;
}

/** The same under the lease of its environment: a deploy as it is asked for, and all that it is carried out with. */
export interface DeployContext extends PlanContext {
  /** Null: no probe runs beside it. */
  readonly probe: ProbeSetup | null;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

export interface ProbeSetup {
  readonly url: string;
  /** From one request to the next. */
  readonly everyMs: number;
  /** So many lost requests are allowed; null: any number. */
  readonly maxLost: number | null;
}

export interface ConnectedFleet {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly facts: FactsByInstance;
}

/** The plan, and what it was made from. */
export interface Draft {
  readonly fleet: ConnectedFleet;
  readonly plan: Plan;
  /** What the instances that change said of their health, where that is needed to judge a way back. */
  readonly answered: Readonly<Record<string, string>>;
  /** Instances that run the release already: those whose gate says so, with what proves it, and why the others are not healthy with it. */
  readonly healthy: ReadonlyMap<string, ProofFinding>;
  readonly sick: ReadonlyMap<string, string>;
  /** What is worth a warning: pairs of an instance, where it is about one, and a text. */
  readonly remarks: readonly (readonly [string | undefined, string])[];
}

/** A deploy under way: its context, its plan, and how far it has come. */
export interface DeployRun extends DeployContext, Omit<Draft, 'sick' | 'remarks'> {
  readonly progress: DeployProgress;
  /** The deploy's id: a new one, or that of the one which is resumed. */
  readonly deploy: string;
  /** When it was begun, also by a run that has died since. */
  readonly startedAt: number;
  /** Of the artifact, where it is known though nothing is sent any more. */
  readonly sha256: string | null;
}

/** Whether it is about all instances of the environment. */
export const isWhole = ({
  instances,
  environment,
}: Pick<PlanContext, 'instances' | 'environment'>): boolean =>
  instances.length === environment.instances.length;
