/** By what a release is started on an instance, and what has to be stopped before that. Pure. */
import type { Instance, Service } from '../../config/types.ts';
import { withService, type KeptService } from '../model/kept-service.ts';
import { lookUp } from '../../shared/look-up.ts';
import type { Stage } from './stage.ts';

type Deploying = Pick<Stage, 'action' | 'facts' | 'plan'>;

/** The instance with what starts that release: what is not brought by this deploy goes on by what it was deployed with. */
export function asStarted(
  { action, facts, plan }: Deploying,
  instance: Instance,
  release: string,
  isBack = false,
): Instance {
  const isBrought = !isBack && action === 'deploy' && release === plan.release;
  const services = facts[instance.name]?.services ?? {};
  return isBrought ? instance : withService(instance, lookUp(services, release) ?? null);
}

/** By what may have been started what runs there: what was current before the deploy; on the way back what the deploy has brought too. */
export function leaving(deploying: Deploying, instance: Instance, isBack: boolean): Service[] {
  const { facts, plan } = deploying;
  const own = facts[instance.name];
  const current = own?.current ?? null;
  const kept = own?.elsewhere?.service ?? (current === null ? null : lookUp(own?.services ?? {}, current));
  const found: (KeptService | null | undefined)[] = [
    kept,
    ...(isBack ? [asStarted(deploying, instance, plan.release).service] : []),
  ];
  const services = found.filter((one) => one !== null && one !== undefined && one.kind !== 'docker');
  return [...new Map(services.map((one) => [JSON.stringify(one), one])).values()];
}
