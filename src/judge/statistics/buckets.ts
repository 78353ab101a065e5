/**
 * From cumulative counters to closed buckets. When a bucket closes depends on time, on the split and on numbers of
 * requests, never on errors: else the judge could be led by what it judges. Pure.
 */
import { arms, armsBetween, wentBack, type CountsByArm } from './counts.ts';

/** One look at the counters. */
export interface Peek extends CountsByArm {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Percent of the requests for the canary, as it is when the counters are read. */
  readonly split: number;
  /** Which of the rollout's stages this is; any number that changes with the stage. */
  readonly stage: number;
  /** Who counts: a text that changes when a counting process came, went or restarted. */
  readonly sources?: string;
  /** Why what was counted since the last look is not to be compared: an instance of stable has restarted … */
  readonly drop?: string | null;
}

/** The bucket that is being filled. */
export interface Filling {
  readonly since: number;
  /** The counters when it was opened, and at the last look. */
  readonly from: CountsByArm;
  readonly last: Peek;
}

interface Taken {
  readonly filling: Filling;
  /** What a closed bucket has counted. */
  readonly closed: CountsByArm | null;
  /** Why the open bucket was thrown away, on both arms. */
  readonly dropped: string | null;
}

/** Times in milliseconds. `warmUntil`: what was counted before is left out. */
interface Timing {
  readonly bucketMs: number;
  readonly warmUntil: number;
}

/** Takes one look; `filling` is null at the first. */
export function taken(filling: Filling | null, peek: Peek, { bucketMs, warmUntil }: Timing): Taken {
  const anew = opened(peek.at, peek, peek);
  if (filling === null) return { filling: anew, closed: null, dropped: null };
  const dropped = disturbance(filling.last, peek);
  if (dropped !== null) return { filling: anew, closed: null, dropped };
  if (filling.since < warmUntil) return { filling: anew, closed: null, dropped: null };
  // Between the two looks the split was now the one, now the other: that time belongs to no bucket.
  if (filling.last.split !== peek.split)
    return { filling: anew, closed: closable(filling.from, filling.last), dropped: null };
  if (filling.last.stage !== peek.stage) {
    const rest = opened(filling.last.at, filling.last, peek);
    return { filling: rest, closed: closable(filling.from, filling.last), dropped: null };
  }
  // Looks come at intervals of a bucket, some milliseconds early or late: early by those it still is one.
  const full = peek.at - filling.since >= 0.95 * bucketMs;
  const closed = full ? closable(filling.from, peek) : null;
  return { filling: closed === null ? { ...filling, last: peek } : anew, closed, dropped: null };
}

/** Why what is in the open bucket cannot be compared. */
function disturbance(last: Peek, peek: Peek): string | null {
  if (peek.drop) return peek.drop;
  if (peek.at < last.at) return 'the clock was set back';
  if (peek.sources !== last.sources) return 'a counting process came, went or restarted';
  const arm = wentBack(last, peek);
  return arm === null ? null : `the counters of ${arm} went down`;
}

/** Null while an arm has had no request. */
function closable(from: CountsByArm, to: CountsByArm): CountsByArm | null {
  const counts = armsBetween(from, to);
  return arms.every((arm) => counts[arm].requests >= 1) ? counts : null;
}

const opened = (since: number, { stable, canary }: CountsByArm, last: Peek): Filling => ({
  since,
  from: { stable, canary },
  last,
});
