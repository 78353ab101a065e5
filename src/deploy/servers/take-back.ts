import { CanopyError } from '../../errors.ts';
import type { Draft, PlanContext } from '../context/deploy-context.ts';
import { strategies } from '../strategies/strategies.ts';
import { holdsProven } from '../model/site.ts';

/**
 * An earlier run that died may have left instances out of the traffic. Those that need no change are taken back; so is an
 * older release that runs, because nobody knows whether this deploy comes as far. Groups of a blue-green environment are left
 * alone: one of them is out on purpose.
 */
export async function takeBackForgotten(
  { balancer, log }: PlanContext,
  { plan, sick, fleet }: Pick<Draft, 'plan' | 'sick' | 'fleet'>,
): Promise<void> {
  if (balancer === null || strategies[plan.strategy].switchesGroups) return;
  const out = await balancer.drained();
  const proven = (name: string): boolean => {
    const own = fleet.facts[name];
    return own?.running === true && own.current !== null && holdsProven(own, own.current);
  };
  const told = (name: string): void =>
    log.info('was left out of the traffic by an earlier run: taken back', name);
  for (const name of plan.unchanged.filter((item) => out.includes(item))) {
    told(name);
    await balancer.ready(name, 30_000);
  }
  const older = plan.tracks.map(({ instance }) => instance).filter((name) => !sick.has(name));
  for (const name of older.filter((item) => out.includes(item) && proven(item))) {
    told(name);
    try {
      await balancer.ready(name, 5000);
    } catch (error) {
      // It is about to be replaced: that is what may mend it.
      if (!(error instanceof CanopyError)) throw error;
      log.warn(error.message, name);
    }
  }
}
