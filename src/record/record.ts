/**
 * One codec for every record: what is stored or sent is written and read by the same schema, so that nothing is written that
 * nobody could read. What people have typed is made to fit in both directions (src/record/fields.ts): a text decides nothing,
 * so no text makes a record unreadable. Pure.
 */
import * as v from 'valibot';
import { plainLine } from '../shared/text/line.ts';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A schema for values of that type. */
export type Schema<T> = v.GenericSchema<unknown, T>;

export interface RecordCodec<T> {
  /** For a record that holds this one. */
  readonly schema: Schema<T>;
  stored(value: T): object;
  /** The value as it is read again: texts that are too long are cut. Throws a TypeError for what nobody could read: a defect. */
  fit(value: T): T;
  /** Its text. Throws like `fit`. */
  format(value: T): string;
  /** The value in a text of anybody's, or what is wrong with it. Never throws. */
  parse(text: string): Parsed<T>;
  /** The same of a value that was JSON already. */
  read(value: unknown): Parsed<T>;
}

interface RecordSettings<T> {
  /** What it is, for a defect. */
  readonly name: string;
  readonly schema: Schema<T>;
  /** A longer text, in characters, is not looked at. */
  readonly longest: number;
  /** The key that holds the version of the form, and the version. */
  readonly version?: readonly [key: string, is: number];
  /** What is written of a value, where that is not the value itself. */
  readonly stored?: (value: T) => object;
}

/** The codec of one kind of record. */
export function defineRecord<T>({
  name,
  schema,
  longest,
  version,
  stored,
}: RecordSettings<T>): RecordCodec<T> {
  const [key, is] = version ?? [null, 0];
  const plain = (value: T): object => stored?.(value) ?? (value as object);
  const read = (value: unknown): Parsed<T> => {
    const found = key !== null && isObject(value) ? value[key] : is;
    if (found !== is) return { ok: false, reason: `its ${key} is ${shown(found)}, known is ${is}` };
    return readBy(schema, value);
  };
  const fit = (value: T): T => {
    const fitted = readBy(schema, plain(value));
    if (fitted.ok) return fitted.value;
    throw new TypeError(`${name} cannot be written: ${fitted.reason}`);
  };
  return {
    schema,
    stored: plain,
    fit,
    format(value) {
      const body = plain(fit(value));
      const text = JSON.stringify(key === null ? body : { [key]: is, ...body });
      if (text.length <= longest) return text;
      throw new TypeError(`${name} cannot be written: it would be longer than ${longest} characters`);
    },
    parse(text) {
      const json = jsonIn(text, longest);
      return json.ok ? read(json.value) : json;
    },
    read,
  };
}

/** The JSON in a text of anybody's. Never throws. */
export function jsonIn(text: string, longest: number): Parsed<unknown> {
  if (text.length > longest) return { ok: false, reason: `it is longer than ${longest} characters` };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // Said in our own words: the text itself may be hostile.
    return { ok: false, reason: 'it is no JSON' };
  }
}

/** A value of anybody's by a schema, or what is wrong with it. Never throws. */
export function readBy<T>(schema: Schema<T>, value: unknown): Parsed<T> {
  const found = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (found.success) return { ok: true, value: found.output };
  const [issue] = found.issues;
  const path = (issue.path ?? []).map((part) => shown(part.key)).join('.');
  return { ok: false, reason: `${path || 'it'} ${issue.message}` };
}

/** Whether a value is an object with keys of its own: no list, no null. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? plainLine(String(value), 60) : typeof value;
