/** Standings as they are written down. Pure. */
import { lookUp } from '../shared/look-up.ts';
import type { Schema } from '../record/record.ts';
import { byName, count, is, line, nullable, object, oneOf } from '../record/fields.ts';
import { notAsked, type GateState, type GateStates } from './decide.ts';

/** No reason is longer: characters. */
export const longestReason = 500;

const standing: Schema<GateState> = object({
  outcome: oneOf(['pass', 'fail', 'unknown']),
  reason: line(longestReason),
  noes: count,
  errors: count,
  askedAt: nullable(count),
  step: count,
  value: nullable(is<number>((value) => typeof value === 'number' && Number.isFinite(value), 'is no number')),
});

const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name);

/** For the record of a rollout. */
export const standingsSchema: Schema<GateStates> = byName(isName, standing, 1000);

/** Of the gates of these names: one that is new begins unasked, one that is gone is dropped. */
export const standingsOf = (stored: GateStates | null, names: readonly string[]): GateStates =>
  Object.fromEntries(names.map((name) => [name, lookUp(stored ?? {}, name) ?? notAsked]));
