/** The course of a deploy, foreseen. Pure. */
import type { Plan } from '../model/plan.ts';
import { decide } from './decide.ts';
import { DeployProgress } from '../model/progress.ts';

/** What a deploy does when nothing fails, by the decisions themselves: what is done at the same time stands in one list. */
export function actionsOf(plan: Plan): string[][] {
  const progress = new DeployProgress();
  const waves: string[][] = [];
  for (;;) {
    const decision = decide(plan, progress, null);
    if ('end' in decision || plan.tracks.length === 0) return waves;
    waves.push(decision.act.map(({ kind, instance }) => `${kind} ${instance}`));
    for (const action of decision.act) progress.note({ ...action, result: 'ok', reason: null });
  }
}
