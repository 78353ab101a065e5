/** The end of an instance: it is tried again when it fails, and an instance without it is not done. */
import { explainFailure } from '../../commands/command-errors.ts';
import { after as later } from '../../commands/core/delayed.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import { leftOver } from '../../commands/release/release-folder.ts';
import type { Instance } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Ran } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { isWhole } from '../context/deploy-context.ts';
import type { Action } from '../model/actions.ts';
import type { Track } from '../model/plan.ts';
import { strategies } from '../strategies/strategies.ts';
import { servedLine } from '../model/served.ts';
import { filesOf } from '../model/site.ts';
import { change } from '../servers/change.ts';
import { releaseRecord } from '../servers/release-info.ts';
import { again } from './again.ts';
import { trackIn, type ActionContext } from './action-context.ts';
import { asStarted } from './started.ts';
import { userOf } from '../../shared/system/user-of.ts';

/** Marks the release healthy, where it still runs, and deletes old ones. */
export async function finish(run: ActionContext, instance: Instance, action: Action): Promise<void> {
  const track = trackIn(run, instance);
  const { name, path } = instance;
  const { release } = action;
  const gone = track.prune.length > 0 ? `, delete ${track.prune.join(' ')}` : '';
  const title = `mark ${release} healthy${gone}`;
  const explain = (ran: Ran) =>
    /^canopy: does not run: /m.test(ran.stderr)
      ? fail('release-ended', { host: name, release })
      : explainFailure(name, title, ran, { path, user: userOf(instance) });
  const at = filesOf(run.fleet.facts[name], path, release);
  // What is sent brings its record; what was there already has passed the check of canopy.yml by now.
  const isAgain = run.action === 'deploy' && run.shipped.archive !== null && !track.send;
  const record = isAgain ? releaseRecord(run.shipped, instance, run.masked) : null;
  const ran = await again(run, name, () => {
    const { prune } = track;
    const command = runtimeOf(asStarted(run, instance, release)).finish(at, {
      ...servedNow(run, track, release),
      prune,
      record,
    });
    return change(run, instance, action, { title, command, timeoutMs: 120_000, explain });
  });
  const said = ran.stderr.trim().split('\n');
  if (said.at(-1)?.includes(leftOver)) run.log.warn([leftOver, ...said.slice(-2, -1)].join(': '), name);
}

/** What is noted of it: it serves, in place of what served until now on this instance, or in the group that it takes over from. */
function servedNow(
  run: ActionContext,
  { previous, back }: Track,
  id: string,
): { at: number; served: string } {
  const { plan, fleet, lease } = run;
  const [retired] = plan.retire;
  const old = retired === undefined ? null : (fleet.facts[retired]?.current ?? null);
  const at = run.clock.now();
  const before = strategies[plan.strategy].switchesGroups ? old : previous;
  const way = back === true ? 'back' : 'on';
  return { at, served: servedLine({ at, token: lease.token, way, whole: isWhole(run), id, before }) };
}

/** The old group of a blue-green switch stays up for a while: the way back is the balancer's alone. */
export async function cool(run: ActionContext, instance: Instance, action: Action): Promise<void> {
  const { keepWarmMs } = run.environment.rollout;
  const old = run.fleet.facts[instance.name]?.current ?? null;
  const served = old === null ? instance : asStarted(run, instance, old);
  const title = `stop the service in ${showDuration(keepWarmMs)}, unless it is needed again`;
  await again(run, instance.name, () => {
    const command = later(instance.path, run.lease.token, keepWarmMs, runtimeOf(served).halt());
    return change(run, instance, action, { title, command, timeoutMs: 60_000 });
  });
}
