/** Switches an instance to the release, or back to what it served before. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Replaced } from '../../commands/release/shell-runtime.ts';
import type { Instance } from '../../config/types.ts';
import { isWhole } from '../context/deploy-context.ts';
import type { Action } from '../model/actions.ts';
import type { InstanceFacts } from '../model/facts.ts';
import { servedLine } from '../model/served.ts';
import { filesOf, isForeign } from '../model/site.ts';
import { change } from '../servers/change.ts';
import { trackIn, type ActionContext } from './action-context.ts';
import { asStarted, leaving } from './started.ts';

const timeoutMs = 120_000;

export async function activate(run: ActionContext, instance: Instance, action: Action): Promise<void> {
  trackIn(run, instance);
  const { release } = action;
  const facts = run.fleet.facts[instance.name];
  const command = runtimeOf(asStarted(run, instance, release)).activate(
    filesOf(facts, instance.path, release),
    replacedBy(run, facts),
    leaving(run, instance, false),
  );
  const title = `switch to ${release} and restart the service`;
  await change(run, instance, action, { title, command, timeoutMs });
}

export async function restore(run: ActionContext, instance: Instance, action: Action): Promise<void> {
  const { previous, stopped = false } = trackIn(run, instance);
  if (previous === null) {
    const command = runtimeOf(asStarted(run, instance, action.release)).clear();
    const title = 'stop the service: there is no earlier release';
    await change(run, instance, action, { title, command, timeoutMs });
    return;
  }
  const files = filesOf(run.fleet.facts[instance.name], instance.path, previous);
  const command = runtimeOf(asStarted(run, instance, previous, true)).restore(
    files,
    stopped,
    leaving(run, instance, true),
  );
  const title = `switch back to ${previous}${stopped ? ', which did not run' : ''}`;
  await change(run, instance, action, { title, command, timeoutMs });
}

/** What no release of ours is is noted before it goes: the record knows it from no deploy. */
function replacedBy(run: ActionContext, facts: InstanceFacts | undefined): Replaced {
  const name = facts?.current ?? null;
  if (facts === undefined || name === null || !isForeign(facts, name)) return { name, served: null };
  const at = run.clock.now();
  const line = {
    at,
    token: run.lease.token,
    way: 'on',
    whole: isWhole(run),
    id: name,
    before: name,
  } as const;
  return { name, served: servedLine(line) };
}
