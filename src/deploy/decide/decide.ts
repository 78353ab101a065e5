/**
 * What to do now, given the plan and what has been done: the whole of a deploy as one pure function. The caller performs the
 * actions it returns (all of them at the same time), notes each outcome, and asks again.
 */
import { showAction, why, type Action, type ActionKind, type Decision, type Halt } from '../model/actions.ts';
import { hooksThen } from '../strategies/failure-hooks.ts';
import { strategies } from '../strategies/strategies.ts';
import type { Plan } from '../model/plan.ts';
import type { DeployProgress } from '../model/progress.ts';

export function decide(plan: Plan, progress: DeployProgress, halt: Halt): Decision {
  if (progress.touched.length === 0) {
    const before = beforeTouch(plan, progress, halt);
    if (before !== null) return before;
  }
  const decision = strategies[plan.strategy].decide(plan, progress, halt);
  // Nobody knows from here what runs where: not even that all is done.
  if (progress.overtaken && 'end' in decision) return { end: 'mixed', reasons: decision.reasons };
  return decision;
}

/** Nothing that runs is touched yet: what fails or stops it leaves everything as it was. Null when all of it is done. */
function beforeTouch(plan: Plan, progress: DeployProgress, halt: Halt): Decision | null {
  if (hasFailed(plan, progress))
    return hooksThen(plan, progress, () => ({ end: 'failed', reasons: progress.forward.map(showAction) }));
  if (halt !== null)
    return {
      end: halt === 'signal' ? 'aborted' : 'failed',
      reasons: [`${why[halt]} before anything was switched`],
    };
  const good = plan.tracks.filter(({ instance }) => !progress.isBad(instance));
  const cold = good.filter(({ warm }) => !warm);
  const all = (kind: ActionKind, tracks: typeof good): Action[] =>
    tracks
      .filter(({ instance }) => progress.did(kind, instance) === undefined)
      .map(({ instance }) => ({ kind, instance, release: plan.release }));
  const [act] = [
    all('stage', cold),
    plan.hooks.prepare ? all('prepare', cold) : [],
    plan.hooks.once && !progress.ranOnce ? all('once', cold.slice(0, 1)) : [],
  ].filter((actions) => actions.length > 0);
  return act === undefined ? null : { act, opens: false };
}

/** The hook for all of them has, or more instances than may. */
const hasFailed = (plan: Plan, progress: DeployProgress): boolean =>
  progress.forward.some(({ kind }) => kind === 'once') ||
  progress.bad.length > strategies[plan.strategy].mayFail(plan);
