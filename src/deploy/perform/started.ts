/** By what a release is started on an instance, and what has to be stopped before that. Pure. */
import type { Instance, Service } from '../../config/types.ts';
import { withService, type KeptService } from '../model/kept-service.ts';
import { lookUp } from '../../shared/look-up.ts';
import type { DeployRun } from '../context/deploy-context.ts';

/** The instance with what starts that release: what is not brought by this deploy goes on by what it was deployed with. */
export function asStarted(
  { action, fleet, plan }: DeployRun,
  instance: Instance,
  release: string,
  isBack = false,
): Instance {
  const isBrought = !isBack && action === 'deploy' && release === plan.release;
  const services = fleet.facts[instance.name]?.services ?? {};
  return isBrought ? instance : withService(instance, lookUp(services, release) ?? null);
}

/** By what may have been started what runs there: what was current before the deploy; on the way back what the deploy has brought too. */
export function leaving(run: DeployRun, instance: Instance, isBack: boolean): Service[] {
  const { fleet, plan } = run;
  const own = fleet.facts[instance.name];
  const current = own?.current ?? null;
  const kept = own?.elsewhere?.service ?? (current === null ? null : lookUp(own?.services ?? {}, current));
  const found: (KeptService | null | undefined)[] = [
    kept,
    ...(isBack ? [asStarted(run, instance, plan.release).service] : []),
  ];
  const services = found.filter((one) => one !== null && one !== undefined && one.kind !== 'docker');
  return [...new Map(services.map((one) => [JSON.stringify(one), one])).values()];
}
