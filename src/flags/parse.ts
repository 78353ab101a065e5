/** Flags as people write them and as they stand in the store. Pure. */
import { isCount } from '../count.ts';
import { fail } from '../errors.ts';
import { isLine, toLine } from '../line.ts';
import { lookUp } from '../look-up.ts';

export type FlagState = 'on' | 'off';

export interface FlagRecord {
  readonly state: FlagState;
  /** Milliseconds since the epoch. */
  readonly updated: number;
  /** Who set it. */
  readonly by: string;
  /** Rises by one with every change. */
  readonly version: number;
}

const longest = 300;
const namePattern = /^[a-z][a-z0-9._-]{0,63}$/;
const states: Readonly<Record<string, FlagState>> = {
  on: 'on',
  true: 'on',
  '1': 'on',
  off: 'off',
  false: 'off',
  '0': 'off',
};

export const isFlagName = (name: string): boolean => namePattern.test(name);

/** Throws `flag-name`. */
export function parseName(name: string): string {
  if (isFlagName(name)) return name;
  throw fail('flag-name', { name: toLine(name, 80) });
}

/** Throws `flag-state`. */
export function parseState(text: string): FlagState {
  const state = lookUp(states, text);
  if (state !== undefined) return state;
  throw fail('flag-state', { state: toLine(text, 80) });
}

/** What stands under the plain key. */
export const plainOf = (state: FlagState): '1' | '0' => (state === 'on' ? '1' : '0');

export const writeFlag = ({ state, updated, by, version }: FlagRecord): string =>
  JSON.stringify({ state, updated, by: toLine(by, longest), version });

/** Throws `store-record` for anything that Canopy did not write. */
export function parseFlag(text: string, key: string): FlagRecord {
  const refuse = (reason: string): Error => fail('store-record', { key: toLine(key, 200), reason });
  if (text.length > 10_000) throw refuse('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said in our own words: the text itself may be hostile.
    throw refuse('it is no JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw refuse('it is no object');
  const { state, updated, by, version } = value as Record<string, unknown>;
  if (state !== 'on' && state !== 'off') throw refuse('state is neither on nor off');
  if (!isCount(updated) || updated > 8.64e15) throw refuse('updated is no time');
  if (!isLine(by, longest)) throw refuse('by is no line of text');
  if (!isCount(version)) throw refuse('version is no count');
  return { state, updated, by, version };
}
