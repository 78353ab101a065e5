/** What a failed instance says of itself, read before anything covers it. */
import { startsNone } from '../../commands/refusals.ts';
import type { Instance } from '../../config/types.ts';
import { CanopyError } from '../../errors.ts';
import type { Evidence } from '../model/actions.ts';
import type { ServiceLog } from '../model/service/service-log.ts';
import { runtimeOn } from '../runtime/runtimes.ts';
import { hostOf } from '../servers/change.ts';
import type { ActionContext } from './action-context.ts';
import { asStarted } from './started.ts';

const lines = 80;

/** Never throws for what the server does: a log that cannot be read is a line that says so. */
export async function collect(run: ActionContext, instance: Instance): Promise<Evidence> {
  const { log, manager } = await logOf(run, instance);
  const noexec = instance.docker === null ? (run.fleet.facts[instance.name]?.noexec ?? null) : null;
  const mounted = noexec === null ? [] : [`(${startsNone(noexec).what})`];
  return { log: [...log, ...mounted], manager, answers: run.answers.get(instance.name) ?? [] };
}

async function logOf(run: ActionContext, instance: Instance): Promise<ServiceLog> {
  const started = asStarted(run, instance, run.plan.release);
  try {
    const log = await runtimeOn(started, hostOf(run.fleet, instance)).log(lines);
    return log ?? none('name one by service.log');
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    return none(error.message);
  }
}

const none = (why: string): ServiceLog => ({ log: [`(no log: ${why})`], manager: [] });
