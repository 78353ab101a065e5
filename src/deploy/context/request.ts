import type { Config, Environment, Instance } from '../../config/types.ts';
import type { Lease } from '../../lock/index.ts';
import type { Balancer } from '../../ports/ports.ts';
import type { ConnectedFleet } from '../servers/gather-facts.ts';
import type { ProofFinding } from '../model/actions.ts';
import type { Plan, PlanInput } from '../model/plan.ts';
import type { ProbeSetup } from '../perform/probe.ts';
import type { ReleaseInfo } from '../servers/release-info.ts';

export interface DeployRequest {
  readonly action: 'deploy' | 'rollback';
  readonly config: Config;
  readonly environment: Environment;
  readonly instances: readonly Instance[];
  readonly shipped: ReleaseInfo;
  readonly size: PlanInput['size'];
  /** Rejects when the archive is not what it should be. */
  readonly sound: Promise<void>;
  /** True for a rollback: it is the way out of a mixed environment. */
  readonly unblocks: boolean;
  readonly irreversible: boolean;
  readonly balancer: Balancer | null;
  /** Null: no probe runs beside it. */
  readonly probe: ProbeSetup | null;
  readonly lease: Lease;
  readonly actor: string;
  readonly signal: AbortSignal;
  /** Throws when this is not the plan that was agreed on. */
  readonly agree?: (draft: Draft) => void;
}

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
export type Drafted = Omit<DeployRequest, 'lease' | 'actor' | 'signal' | 'action' | 'probe'>;

/** Whether it is about all instances of the environment. */
export const isWhole = ({ instances, environment }: Pick<Drafted, 'instances' | 'environment'>): boolean =>
  instances.length === environment.instances.length;
