/** Whether a value from the store or a file is a plan: names and words of the right form, that fit each other. Pure. */
import { isReleaseId } from '../../artifact/id.ts';
import { isCount } from '../../shared/count.ts';
import type { Plan, Track } from '../model/plan.ts';
import { strategies } from '../strategies/strategies.ts';
import { isWord } from '../model/word.ts';

/** Whether it is one of these words itself: an array that holds one reads like it. */
const isOneOf = (value: unknown, words: readonly string[]): boolean =>
  typeof value === 'string' && words.includes(value);

/** What is wrong with it; null when nothing is. */
export function wrongPlan(value: unknown, of: { environment: unknown; release: unknown }): string | null {
  if (value === null || typeof value !== 'object') return 'plan is no object';
  const plan = value as Partial<Record<keyof Plan, unknown>>;
  if (plan.environment !== of.environment) return 'plan is for another environment';
  if (plan.release !== of.release) return 'plan is for another release';
  if (!isOneOf(plan.strategy, Object.keys(strategies))) return 'strategy is none we know';
  if (!isOneOf(plan.onFailure, ['revert', 'freeze', 'continue'])) return 'onFailure is none we know';
  if (typeof plan.balanced !== 'boolean') return 'balanced is no yes or no';
  if (!isCount(plan.maxFailures)) return 'maxFailures is no number';
  if (!areHooks(plan.hooks)) return 'hooks are none';
  const { tracks, batches, unchanged, retire } = plan;
  if (!isList(tracks, 100_000) || !tracks.every(isTrack)) return 'tracks holds one that is not ours';
  if (!isList(unchanged, 100_000) || !unchanged.every(isWord)) return 'unchanged holds no names';
  if (!isList(retire, 100_000) || !retire.every(isWord)) return 'retire holds no names';
  const names = tracks.map(({ instance }) => instance);
  if (new Set([...names, ...retire, ...unchanged]).size !== names.length + retire.length + unchanged.length)
    return 'an instance stands twice';
  if (!isList(batches, 100_000) || !batches.every((batch) => isList(batch, 100_000) && batch.length > 0))
    return 'batches are none';
  const inBatches = (batches as unknown[][]).flat();
  if (inBatches.length !== names.length || !names.every((name, at) => inBatches[at] === name))
    return 'batches do not fit the tracks';
  return null;
}

const isList = (value: unknown, most: number): value is unknown[] =>
  Array.isArray(value) && value.length <= most;

function isTrack(value: unknown): value is Track {
  if (value === null || typeof value !== 'object') return false;
  const { instance, previous, astray, stopped, send, warm, back, prune } = value as Partial<
    Record<keyof Track, unknown>
  >;
  return (
    isWord(instance) &&
    (previous === null || isId(previous)) &&
    (astray === undefined || isId(astray)) &&
    (stopped === undefined || typeof stopped === 'boolean') &&
    typeof send === 'boolean' &&
    typeof warm === 'boolean' &&
    (back === undefined || typeof back === 'boolean') &&
    isList(prune, 10_000) &&
    prune.every(isId)
  );
}

const isId = (value: unknown): boolean => typeof value === 'string' && isReleaseId(value);

function areHooks(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const hooks = value as Record<string, unknown>;
  const names = ['prepare', 'once', 'after', 'failure'];
  return (
    Object.keys(hooks).length === names.length && names.every((name) => typeof hooks[name] === 'boolean')
  );
}
