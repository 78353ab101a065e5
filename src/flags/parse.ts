/** Flags as people write them and as they stand in the store. Pure. */
import { fail } from '../errors/common.ts';
import { toLine } from '../shared/text/line.ts';
import { defineRecord } from '../record/record.ts';
import { counter, line, object, oneOf, time } from '../record/fields.ts';
import { lookUp } from '../shared/look-up.ts';

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

export const flagCodec = defineRecord<FlagRecord>({
  name: 'the flag',
  schema: object({ state: oneOf(['on', 'off']), updated: time, by: line(300), version: counter }),
  longest: 10_000,
});

export const writeFlag = (record: FlagRecord): string => flagCodec.format(record);

/** Throws `store-record` for anything that Canopy did not write. */
export function parseFlag(text: string, key: string): FlagRecord {
  const parsed = flagCodec.parse(text);
  if (parsed.ok) return parsed.value;
  throw fail('store-record', { key: toLine(key, 200), reason: parsed.reason });
}
