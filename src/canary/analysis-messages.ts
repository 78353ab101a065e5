/** What an analysis tells while it goes on, and at its end. Pure. */
import { isCanopyError } from '../errors.ts';
import { verdictOf as verdictOfGates, type GateStates } from '../gates/index.ts';
import { outcomeOf, verdictOf, type Analysis } from '../judge/index.ts';
import type { TrafficState } from '../traffic/index.ts';
import type { RampEnd } from './rollout/ramp.ts';
import type { CanaryRollout } from './rollout/rollout.ts';

/** Why it takes no traffic any more. */
export function goneOf(state: TrafficState | null, salt: string): string | null {
  if (state === null) return 'the traffic state is gone from the store';
  if (state.alert !== null) return `alert by ${state.alert.by}: ${state.alert.reason}`;
  if (state.reverted !== null) return `reverted: ${state.reverted.reason}`;
  if (!state.enabled) return 'somebody has taken the canary out';
  return state.salt === salt ? null : 'another canary was started';
}

export const sentenceOf = ({ analysis }: CanaryRollout): string =>
  analysis === null ? 'nothing was counted' : verdictOf(analysis).sentence;

/** Cheap: for every look. */
export function shortOf(analysis: Analysis | null): string {
  if (analysis === null) return 'nothing was counted';
  const { canary, stable } = analysis.errors.tally;
  return `${outcomeOf(analysis)}; canary ${canary.hits} of ${canary.requests} failed, stable ${stable.hits} of ${stable.requests}`;
}

export function endOf(why: RampEnd, gone: string | null, rollout: CanaryRollout, gates: GateStates): string {
  switch (why) {
    case 'gone':
      return gone ?? '';
    case 'gates':
      return `gate ${verdictOfGates(gates).reasons.join('; ')}`;
    case 'policy':
      return `${sentenceOf(rollout)} (onInconclusive decides)`;
    default:
      return sentenceOf(rollout);
  }
}

/** Who has not heard that the canary is out, for the end of a sentence; what else was thrown is thrown on. */
export function lateOf(error: unknown): string {
  if (isCanopyError(error) && error.code === 'balancer-late') return `; ${error.message}`;
  throw error;
}
