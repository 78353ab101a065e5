/** A plan as it stands in a journal or a file: names and words of the right form, that fit each other. Pure. */
import * as v from 'valibot';
import { isReleaseId } from '../../artifact/id.ts';
import { count, flag, is, list, nullable, object, oneOf, worded } from '../../record/fields.ts';
import type { Schema } from '../../record/record.ts';
import type { Plan, Track } from '../model/plan.ts';
import { strategies } from '../strategies/strategies.ts';
import { isWord } from '../model/word.ts';

/** Of instances, and what belongs to each. */
const most = 100_000;
export const word = is<string>(isWord, 'is no name');
export const releaseId = is<string>((id) => typeof id === 'string' && isReleaseId(id), 'is no release id');

const track = object({
  instance: word,
  previous: nullable(releaseId),
  astray: v.optional(releaseId),
  stopped: v.optional(flag),
  send: flag,
  warm: flag,
  back: v.optional(flag),
  prune: list(releaseId, 10_000),
}) as Schema<Track>;
const hooks = v.strictObject({ prepare: flag, once: flag, after: flag, failure: flag });
const names = worded(list(word, most), 'holds no names');
const batch = v.pipe(list(word, most), v.minLength(1, 'is empty'));

/** In the order of `makePlan`, so that a plan is the same text again. */
export const planSchema: Schema<Plan> = object({
  environment: word,
  release: releaseId,
  strategy: oneOf(Object.keys(strategies) as Plan['strategy'][]),
  tracks: worded(list(track, most), 'holds one that is not ours'),
  unchanged: names,
  batches: worded(list(batch, most), 'are none'),
  retire: names,
  hooks: worded(hooks, 'are none'),
  balanced: worded(flag, 'is no yes or no'),
  maxFailures: worded(count, 'is no number'),
  onFailure: oneOf(['revert', 'freeze', 'continue']),
});

/** What does not fit together in it; null when it all does. */
export function wrongPlan(plan: Plan, of: { environment: string; release: string }): string | null {
  if (plan.environment !== of.environment) return 'plan is for another environment';
  if (plan.release !== of.release) return 'plan is for another release';
  const { batches, unchanged, retire } = plan;
  const tracks = plan.tracks.map(({ instance }) => instance);
  if (new Set([...tracks, ...retire, ...unchanged]).size !== tracks.length + retire.length + unchanged.length)
    return 'an instance stands twice';
  const inBatches = batches.flat();
  if (inBatches.length !== tracks.length || !tracks.every((name, at) => inBatches[at] === name))
    return 'batches do not fit the tracks';
  return null;
}
