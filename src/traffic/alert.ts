/**
 * The alert as a grow-only value. Each actor (a router, or the store for steps) counts how often it raised the alert
 * and how many of those raises somebody has cleared; merging takes the larger of each. So an alert that was raised
 * where the store could not be reached is never undone by a re-arm that did not know it.
 */
import { toLine } from '../shared/text/line.ts';
import { lookUp } from '../shared/look-up.ts';

export interface Alert {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly by: string;
  readonly reason: string;
}

export interface AlertMark extends Alert {
  readonly raised: number;
  /** Raises up to this one are over. */
  readonly cleared: number;
}

type Marks = Readonly<Record<string, AlertMark>>;

/** No text in the state is longer: characters. */
export const longestText = 1000;

/** As it is kept: whatever words somebody has typed are one line. */
export const fitted = <T extends Pick<Alert, 'since' | 'by'> & Partial<Alert>>(one: T): T => ({
  ...one,
  by: toLine(one.by, longestText),
  ...(one.reason === undefined ? {} : { reason: toLine(one.reason, longestText) }),
});

/** The alert that holds, null when none does: of several the oldest. */
export function alertOf(marks: Marks): Alert | null {
  const active = Object.values(marks).filter(isActive).sort(byAge);
  const first = active[0];
  return first === undefined ? null : { since: first.since, by: first.by, reason: first.reason };
}

/**
 * One more raise by this actor. It counts even while an alert holds: a re-arm that happened elsewhere, unseen, must not
 * swallow it. An alert that holds keeps its beginning.
 */
export function raise(marks: Marks, actor: string, alert: Alert): Marks {
  const before = lookUp(marks, actor);
  const held = alertOf(marks) ?? fitted(alert);
  const raised = Math.max(before?.raised ?? 0, before?.cleared ?? 0) + 1;
  return { ...marks, [actor]: { ...held, raised, cleared: before?.cleared ?? 0 } };
}

/** Clears every alert that is known here. */
export function clear(marks: Marks): Marks {
  return Object.fromEntries(
    Object.entries(marks).map(([actor, mark]) => [
      actor,
      { ...mark, cleared: Math.max(mark.raised, mark.cleared) },
    ]),
  );
}

/** Both histories together: commutative, associative, idempotent. */
export function mergeMarks(a: Marks, b: Marks): Marks {
  const out: Record<string, AlertMark> = { ...a };
  for (const [actor, mark] of Object.entries(b)) {
    const other = lookUp(out, actor);
    out[actor] = other === undefined ? mark : newer(mark, other);
  }
  return out;
}

function newer(a: AlertMark, b: AlertMark): AlertMark {
  const text = a.raised === b.raised ? [a, b].sort(byAge)[0] : a.raised > b.raised ? a : b;
  return { ...(text ?? a), raised: Math.max(a.raised, b.raised), cleared: Math.max(a.cleared, b.cleared) };
}

const isActive = (mark: AlertMark): boolean => mark.raised > mark.cleared;

/** A total order, so that two writers settle on the same text. */
export function byAge(a: Alert, b: Alert): number {
  return a.since - b.since || compare(a.by, b.by) || compare(a.reason, b.reason);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
