/** Standings that were written down, read like a stranger's input. Pure. */
import { isCount } from '../count.ts';
import { fail } from '../errors.ts';
import { isLine } from '../line.ts';
import { notAsked, type Standing, type Standings } from './decide.ts';

/** No reason is longer: characters. */
export const longestReason = 500;

/**
 * Standings of the gates of these names from what `JSON.parse` gave; null or undefined: nothing was written down. A gate that
 * is new begins unasked, one that is gone is dropped. Throws `analysis-state`.
 */
export function parseStandings(value: unknown, names: readonly string[]): Standings {
  const all = value === null || value === undefined ? {} : object(value, 'gates');
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.hasOwn(all, name) ? standingIn(object(all[name], `gates.${name}`), `gates.${name}`) : notAsked,
    ]),
  );
}

function standingIn(it: Record<string, unknown>, where: string): Standing {
  const { outcome, reason, askedAt, value } = it;
  if (outcome !== 'pass' && outcome !== 'fail' && outcome !== 'unknown')
    throw wrong(`${where}.outcome is unknown`);
  if (!isLine(reason, longestReason)) throw wrong(`${where}.reason is no line`);
  return {
    outcome,
    reason,
    noes: count(it['noes'], `${where}.noes`),
    errors: count(it['errors'], `${where}.errors`),
    askedAt: askedAt === null ? null : count(askedAt, `${where}.askedAt`),
    step: count(it['step'], `${where}.step`),
    value: value === null ? null : number(value, `${where}.value`),
  };
}

const wrong = (where: string): Error => fail('analysis-state', { where });

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`${where} is no object`);
  return value as Record<string, unknown>;
}

function number(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(`${where} is no number`);
  return value;
}

function count(value: unknown, where: string): number {
  const found = number(value, where);
  if (!isCount(found)) throw wrong(`${where} is no count`);
  return found;
}
