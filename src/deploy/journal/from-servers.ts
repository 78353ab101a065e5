/** The journal of a deploy, from what its servers have noted: the store has lost it. Pure. */
import { commitOf } from '../../artifact/id.ts';
import { isBackward, isEnding, type ActionKind } from '../model/actions.ts';
import type { Noted } from '../model/noted.ts';
import type { Plan } from '../model/plan.ts';
import type { Remembered } from '../plan/remembered.ts';
import type { JournalEntry, Journal } from './journal.ts';

/** `by`: who takes it up; who began it is not known. */
export const journalFrom = (
  { deploy, order, environment, brings, token, mixed, noted }: Remembered,
  plan: Plan,
  by: string,
): Journal => ({
  deploy,
  action: order,
  environment,
  release: brings,
  commit: commitOf(brings) ?? '',
  version: '',
  // The release's id is made of it.
  sha256: null,
  by,
  token,
  startedAt: beganAt(deploy),
  state: mixed ? 'mixed' : 'running',
  plan,
  doing: plan.balanced ? perhapsOf(plan, noted) : [],
  // What the servers have done they are asked for beside it; that something failed there is all that they know of that.
  records: plan.tracks.flatMap(({ instance }): JournalEntry[] => {
    const own = noted[instance];
    if (own === undefined) return [];
    const failed = (kind: ActionKind): JournalEntry => ({
      ...{ kind, instance, result: 'failed' },
      reason: 'it failed before, and its server does not know why',
    });
    const back = own.done.filter(isBackward).map((kind): JournalEntry => ({ kind, instance, result: 'ok' }));
    return [
      ...(own.failed ? [failed('gate')] : []),
      ...(mixed ? [...back, ...unfinishedOf(own).map(failed)] : []),
    ];
  }),
});

/** What had been begun when it ended has failed: that is what is tried again. */
const unfinishedOf = ({ begun, done }: Noted): ActionKind[] =>
  begun.filter((kind) => (isBackward(kind) || isEnding(kind)) && !done.includes(kind));

/**
 * What may have been done with the balancer, which no server notes: whoever was switched may be back in the traffic, those whose turn
 * it was may have left it, and so may the group that served before.
 */
function perhapsOf({ batches, retire }: Plan, noted: Remembered['noted']): JournalEntry[] {
  const isSwitched = (name: string): boolean => noted[name]?.begun.includes('activate') === true;
  const isBack = (name: string): boolean => noted[name]?.done.includes('restore') === true;
  const at = batches.findLastIndex((batch) => batch.some(isSwitched));
  if (at < 0) return [];
  const entries = (kind: ActionKind, names: readonly string[]): JournalEntry[] =>
    names.map((instance) => ({ kind, instance }));
  return [
    ...entries('drain', batches.slice(at, at + 2).flat()),
    ...entries(
      'ready',
      batches.flat().filter((name) => isSwitched(name) && !isBack(name)),
    ),
    ...entries('retire', retire),
  ];
}

/** A deploy's id begins with its time: `20261121T093000-1a2b3c`. */
function beganAt(deploy: string): number {
  const [, date, time] = /^(\d{8})T(\d{6})-/.exec(deploy) ?? [];
  if (date === undefined || time === undefined) return 0;
  const text = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : at;
}
