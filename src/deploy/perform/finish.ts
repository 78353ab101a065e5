/** The end of an instance: it is tried again when it fails, and an instance without it is not done. */
import { explainFailure } from '../../commands/command-errors.ts';
import { after as later } from '../../commands/core/delayed.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import { leftOver } from '../../commands/release/release-folder.ts';
import type { Instance } from '../../config/types.ts';
import { fail } from '../../errors.ts';
import type { Ran } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import type { Action } from '../model/actions.ts';
import type { Track } from '../model/plan.ts';
import { strategies } from '../strategies/strategies.ts';
import { servedLine } from '../model/served.ts';
import { filesOf } from '../model/site.ts';
import { change } from '../servers/change.ts';
import { releaseRecord } from '../servers/release-info.ts';
import { again } from './again.ts';
import type { Stage } from './stage.ts';
import { asStarted } from './started.ts';
import { userOf } from '../../shared/system/user-of.ts';

/** Marks the release healthy, where it still runs, and deletes old ones. */
export async function finish(stage: Stage, instance: Instance, action: Action, track: Track): Promise<void> {
  const { name, path } = instance;
  const { release } = action;
  const gone = track.prune.length > 0 ? `, delete ${track.prune.join(' ')}` : '';
  const title = `mark ${release} healthy${gone}`;
  const explain = (ran: Ran) =>
    /^canopy: does not run: /m.test(ran.stderr)
      ? fail('release-ended', { host: name, release })
      : explainFailure(name, title, ran, { path, user: userOf(instance) });
  const at = filesOf(stage.facts[name], path, release);
  // What is sent brings its record; what was there already has passed the check of canopy.yml by now.
  const isAgain = stage.action === 'deploy' && stage.shipped.archive !== null && !track.send;
  const record = isAgain ? releaseRecord(stage.shipped, instance, stage.masked) : null;
  const ran = await again(stage, name, () => {
    const { prune } = track;
    const command = runtimeOf(asStarted(stage, instance, release)).finish(at, {
      ...servedNow(stage, track, release),
      prune,
      record,
    });
    return change(stage, instance, action, { title, command, timeoutMs: 120_000, explain });
  });
  const said = ran.stderr.trim().split('\n');
  if (said.at(-1)?.includes(leftOver)) stage.log.warn([leftOver, ...said.slice(-2, -1)].join(': '), name);
}

/** What is noted of it: it serves, in place of what served until now on this instance, or in the group that it takes over from. */
function servedNow(
  { plan, facts, clock, token, whole }: Stage,
  { previous, back }: Track,
  id: string,
): { at: number; served: string } {
  const [retired] = plan.retire;
  const old = retired === undefined ? null : (facts[retired]?.current ?? null);
  const at = clock.now();
  const before = strategies[plan.strategy].switchesGroups ? old : previous;
  const way = back === true ? 'back' : 'on';
  return { at, served: servedLine({ at, token: token(), way, whole, id, before }) };
}

/** The old group of a blue-green switch stays up for a while: the way back is the balancer's alone. */
export async function cool(stage: Stage, instance: Instance, action: Action): Promise<void> {
  const { keepWarmMs, facts } = stage;
  const old = facts[instance.name]?.current ?? null;
  const served = old === null ? instance : asStarted(stage, instance, old);
  const title = `stop the service in ${showDuration(keepWarmMs)}, unless it is needed again`;
  await again(stage, instance.name, () => {
    const command = later(instance.path, stage.token(), keepWarmMs, runtimeOf(served).halt());
    return change(stage, instance, action, { title, command, timeoutMs: 60_000 });
  });
}
