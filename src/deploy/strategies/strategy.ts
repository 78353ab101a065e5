/** What a way of rolling out has to say. Pure. */
import type { Rollout } from '../../config/types.ts';
import type { Decision, Halt } from '../model/actions.ts';
import type { Plan, PlanInput } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';

export interface Strategy {
  /** The instances that go together, one batch after the other; `names`: those that get the release, one at least. */
  batches(
    names: readonly string[],
    input: Pick<PlanInput, 'batch' | 'maxUnavailable' | 'instances'>,
  ): Plan['batches'];
  /** How many may fail before anything is touched. */
  mayFail(plan: Plan): number;
  /** What to do now, once the release is on every instance. */
  decide(plan: Plan, progress: DeployProgress, halt: Halt): Decision;
  /**
   * How many of `total` instances may be out of the traffic at a time; `any`: nobody is asked. Null: what stays is asked for its
   * capacity alone.
   */
  mostOut(rollout: Rollout, total: number): number | 'any' | null;
  /** Whether a group takes over from another, which is out of the traffic on purpose. */
  readonly switchesGroups: boolean;
}
