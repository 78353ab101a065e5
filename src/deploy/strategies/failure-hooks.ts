/** The failure hooks of a deploy, whichever strategy it has. Pure. */
import type { Action, Decision } from '../model/actions.ts';
import { trackOf, type Plan } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';

/** Those of the instances that failed, before the end. */
export function hooksThen(plan: Plan, progress: DeployProgress, end: () => Decision): Decision {
  const act = failureHooks(plan, progress);
  return act.length > 0 ? { act, opens: false } : end();
}

export const failureHooks = (plan: Plan, progress: DeployProgress): Action[] =>
  plan.hooks.failure
    ? progress.bad
        .filter((name) => trackOf(plan, name) !== undefined && progress.did('failure', name) === undefined)
        .map((instance) => ({ kind: 'failure', instance, release: plan.release }))
    : [];
