/** From check to check: whether a target is up or down. Pure. */

export interface TargetState {
  /** Hard: so many checks in a row have said so. `unknown`: none yet, or the last one could not learn it. */
  readonly state: 'up' | 'down' | 'unknown';
  /** What it was when it was last known. */
  readonly known: 'up' | 'down' | null;
  /** Soft: checks in a row that say otherwise than `known`. */
  readonly against: number;
  /** Since when `known` is what it is, in milliseconds since the epoch; null: never known. */
  readonly since: number | null;
}

export const neverChecked: TargetState = { state: 'unknown', known: null, against: 0, since: null };

interface StateLimits {
  readonly down: number;
  readonly up: number;
}

/** After one more check; `ok` null: it could not learn anything, which proves neither. */
export function checked(
  before: TargetState,
  ok: boolean | null,
  now: number,
  { down, up }: StateLimits,
): TargetState {
  const { known, since } = before;
  if (ok === null) return { state: 'unknown', known, against: 0, since };
  const said = ok ? 'up' : 'down';
  if (known === said)
    return before.against === 0 && before.state === said ? before : { state: said, known, against: 0, since };
  const against = before.against + 1;
  // The first good one is enough for what was never known.
  const needed = ok ? (known === null ? 1 : up) : down;
  if (against >= needed) return { state: said, known: said, against: 0, since: now };
  return { state: known ?? 'unknown', known, against, since };
}

/** When to ask next: what is about to turn red is asked again soon. Null: at the usual pace. */
export const nextIn = ({ known, against }: TargetState, confirmMs: number): number | null =>
  known !== 'down' && against > 0 && confirmMs > 0 ? confirmMs : null;
