/** The records of the traffic: the shared state, and what the public key says of it. Pure. */
import * as v from 'valibot';
import { stickyOf, type Sticky } from '../config/fields/sticky.ts';
import { defineRecord, isObject, jsonIn, readBy, type Parsed, type Schema } from '../record/record.ts';
import { byName, counter, flag, is, like, line, nullable, object, since, time } from '../record/fields.ts';
import { longestText, type Alert, type AlertMark } from './alert.ts';
import { shareOf, withMarks, type Note, type TrafficState } from './state.ts';

const LONGEST = 1_000_000;
const MOST_ENTRIES = 10_000;
const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Whether it may name an instance or a router. */
export const isName = (text: string): boolean => NAME.test(text);
export const name = like(NAME, 'is no name');
/** A value for each instance or router. */
export const byMember = <T>(of: Schema<T>): Schema<Readonly<Record<string, T>>> =>
  byName(isName, of, MOST_ENTRIES);

/** Whether a weight is one: 0 to 100 with at most one decimal. */
export const isWeight = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 100 && Math.round(value * 10) / 10 === value;

/** Whether a text may be the salt of a rollout. */
export const isSalt = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{0,32}$/.test(value);

/** The place of a state in its history. */
export const place = { epoch: time, version: counter };

const weight = is<number>(isWeight, 'is not a percentage from 0 to 100 with one decimal');
const text = line(longestText);
const note: Schema<Note> = object({ since: time, by: text });
const alert: Schema<Alert> = object({ since: time, by: text, reason: text });
const mark: Schema<AlertMark> = object({
  since: time,
  by: text,
  reason: text,
  raised: counter,
  cleared: counter,
});
const drained = byMember(note);
const maintenance = since(nullable(alert), null);

const sticky: Schema<Sticky> = v.pipe(
  is<string>((value) => typeof value === 'string' && stickyOf(value) !== null, 'is no way to stick'),
  v.transform((mode) => stickyOf(mode) ?? 'none'),
);

const state: Schema<TrafficState> = v.pipe(
  object({
    ...place,
    enabled: flag,
    begun: since(flag, true),
    weight,
    drained,
    reverted: nullable(alert),
    // Records of older versions have none of these, nor `begun`.
    maintenance,
    sticky: since(sticky, 'none'),
    salt: since(is<string>(isSalt, 'is not hexadecimal'), ''),
    relapses: since(counter, 0),
    resumedAt: since(nullable(time), null),
    marks: byMember(mark),
  }),
  v.transform(({ marks, ...body }) => withMarks(body, marks)),
);

/** As it stands in the store and on disk: the same state is always the same text. */
export const stateRecord = defineRecord<TrafficState>({
  name: 'the traffic state',
  schema: state,
  longest: LONGEST,
  // `begun` is left out where it is true: older versions do not know it, and write the same state as the same text.
  stored: ({ begun, ...rest }) => ({
    ...withMarks({ ...rest, begun }, rest.marks),
    begun: begun ? undefined : false,
    drained: sorted(rest.drained),
    marks: sorted(rest.marks),
  }),
});

/** What the public key says to programs in any language; `version` keeps an older writer from overwriting a newer one. */
export const publicRecord = defineRecord({
  name: 'the public key',
  schema: object({ enabled: flag, weight, alert: flag, ...place }),
  longest: 10_000,
});

export const publicText = (of: TrafficState): string =>
  publicRecord.format({ ...of, weight: shareOf(of), alert: of.alert !== null });

export const toText = (of: TrafficState): string => stateRecord.format(of);
export const parseState = (text: string): Parsed<TrafficState> => stateRecord.parse(text);

/** Of a record that cannot be read: what a router must not forget, as far as it can be made out. */
export function salvaged(text: string): Pick<TrafficState, 'drained' | 'maintenance'> {
  const json = jsonIn(text, LONGEST);
  const of = <T>(schema: Schema<T>, key: string, otherwise: T): T => {
    const found = json.ok && isObject(json.value) ? readBy(schema, json.value[key]) : null;
    return found?.ok === true ? found.value : otherwise;
  };
  return { drained: of(drained, 'drained', {}), maintenance: of(nullable(alert), 'maintenance', null) };
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
