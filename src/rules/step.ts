/** From measurement to measurement: when a rule begins to hold for a target, and when it has ended. Pure. */

export interface RuleState {
  readonly holds: boolean;
  /** Since when each measurement has said the opposite of `holds`; null: the last one did not. */
  readonly turnedAt: number | null;
  /** How many of them there were. */
  readonly turned: number;
}

export const began: RuleState = { holds: false, turnedAt: null, turned: 0 };

/** One good measurement may be luck. */
const GOOD_SAMPLES = 2;

interface RuleTimes {
  /** So long it has to hold. */
  readonly forMs: number;
  /** So long it must not hold any more. */
  readonly recoverMs: number;
}

/**
 * One more measurement. Nothing known (null) is no proof of either: what holds goes on, what was about to turn begins anew, so
 * that a watcher that sees nothing neither calls nor gives the all-clear.
 */
export function step(state: RuleState, verdict: boolean | null, now: number, times: RuleTimes): RuleState {
  if (verdict === null || verdict === state.holds) return { ...state, turnedAt: null, turned: 0 };
  const turnedAt = Math.min(state.turnedAt ?? now, now);
  const turned = state.turned + 1;
  const lastedMs = now - turnedAt;
  const turns = state.holds ? lastedMs >= times.recoverMs && turned >= GOOD_SAMPLES : lastedMs >= times.forMs;
  return turns ? { holds: !state.holds, turnedAt: null, turned: 0 } : { ...state, turnedAt, turned };
}
