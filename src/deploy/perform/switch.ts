/** Switches an instance to the release, or back to what it served before. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Replaced } from '../../commands/release/shell-runtime.ts';
import type { Instance } from '../../config/types.ts';
import type { Action } from '../model/actions.ts';
import { trackOf, type Track } from '../model/plan.ts';
import type { InstanceFacts } from '../model/facts.ts';
import { servedLine } from '../model/served.ts';
import { filesOf, isForeign } from '../model/site.ts';
import { change } from '../servers/change.ts';
import type { Stage } from './stage.ts';
import { asStarted, leaving } from './started.ts';

const timeoutMs = 120_000;

export function trackIn({ plan }: Stage, { name }: Instance): Track {
  const track = trackOf(plan, name);
  if (!track) throw new TypeError(`no track of ${name} in the plan`);
  return track;
}

export async function activate(stage: Stage, instance: Instance, action: Action): Promise<void> {
  trackIn(stage, instance);
  const { release } = action;
  const facts = stage.facts[instance.name];
  const command = runtimeOf(asStarted(stage, instance, release)).activate(
    filesOf(facts, instance.path, release),
    replacedBy(stage, facts),
    leaving(stage, instance, false),
  );
  const title = `switch to ${release} and restart the service`;
  await change(stage, instance, action, { title, command, timeoutMs });
}

export async function restore(stage: Stage, instance: Instance, action: Action): Promise<void> {
  const { previous, stopped = false } = trackIn(stage, instance);
  if (previous === null) {
    const command = runtimeOf(asStarted(stage, instance, action.release)).clear();
    const title = 'stop the service: there is no earlier release';
    await change(stage, instance, action, { title, command, timeoutMs });
    return;
  }
  const files = filesOf(stage.facts[instance.name], instance.path, previous);
  const command = runtimeOf(asStarted(stage, instance, previous, true)).restore(
    files,
    stopped,
    leaving(stage, instance, true),
  );
  const title = `switch back to ${previous}${stopped ? ', which did not run' : ''}`;
  await change(stage, instance, action, { title, command, timeoutMs });
}

/** What no release of ours is is noted before it goes: the record knows it from no deploy. */
function replacedBy({ clock, token, whole }: Stage, facts: InstanceFacts | undefined): Replaced {
  const name = facts?.current ?? null;
  if (facts === undefined || name === null || !isForeign(facts, name)) return { name, served: null };
  const line = { at: clock.now(), token: token(), way: 'on', whole, id: name, before: name } as const;
  return { name, served: servedLine(line) };
}
