/** The small types of records, as pieces of a schema. Each complaint follows the name of its field. Pure. */
import * as v from 'valibot';
import { isCount } from '../shared/count.ts';
import { isLine, toLine } from '../shared/text/line.ts';
import { isObject, readBy, type Schema } from './record.ts';

/** Whatever passes the test. */
export const is = <T>(passes: (value: unknown) => boolean, complaint: string): Schema<T> =>
  v.custom<T>(passes, complaint);

export const count = is<number>(isCount, 'is no count');
/** A count that goes up by one for ever: it leaves room for that. */
export const counter = is<number>((value) => isCount(value) && value < 1e15, 'is no count');
/** Milliseconds since the epoch. */
export const time = is<number>((value) => isCount(value) && value <= 8.64e15, 'is no time');
/** A number from 0 on. */
export const amount = is<number>(
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  'is no number from 0 on',
);
export const flag = is<boolean>((value) => typeof value === 'boolean', 'is neither true nor false');

/** A text of that form. */
export const like = (form: RegExp, complaint: string): Schema<string> =>
  is((value) => typeof value === 'string' && form.test(value), complaint);

/** What people have typed, or others have said: one line of at most so many characters, and any text becomes one. */
export const line = (longest: number): Schema<string> =>
  v.pipe(
    is<string>((value) => typeof value === 'string', 'is no text'),
    v.transform((text) => toLine(text, longest)),
  );

/** The same as it was written, for what nobody but us has to do with: anything else is refused. */
export const exactLine = (longest: number): Schema<string> =>
  is((value) => isLine(value, longest), 'is no line of text');

export const notEmpty = (of: Schema<string>): Schema<string> => v.pipe(of, v.minLength(1, 'is empty'));

export const oneOf = <const W extends string>(words: readonly W[]): Schema<W> =>
  is((value) => words.some((word) => word === value), 'is none that we know');

/** The same, unless something is wrong with it as a whole: a complaint about it, or null. */
export const ruled = <T>(of: Schema<T>, wrong: (value: T) => string | null): Schema<T> =>
  v.pipe(
    of,
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const message = wrong(dataset.value);
      if (message === null) return dataset.value;
      addIssue({ message });
      return NEVER;
    }),
  );

export const nullable = <T>(of: Schema<T>): Schema<T | null> => v.nullable(of);

/** Older versions do not write it: then it is that. */
export const since = <T>(of: Schema<T>, before: T): v.OptionalSchema<Schema<T>, () => T> =>
  v.optional(of, () => before);

/** Keys that are not named are left out. */
export const object = <const E extends v.ObjectEntries>(entries: E, lacking = 'is missing') =>
  v.pipe(is<Readonly<Record<string, unknown>>>(isObject, 'is no object'), v.object(entries, lacking));

/** One complaint for whatever is wrong within it. */
export const worded = <T>(of: Schema<T>, complaint: string): Schema<T> =>
  v.pipe(
    is<unknown>(() => true, complaint),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const found = readBy(of, dataset.value);
      if (found.ok) return found.value;
      addIssue({ message: complaint });
      return NEVER;
    }),
  );

export const list = <T>(of: Schema<T>, most: number): Schema<T[]> =>
  v.pipe(
    v.array(of, 'is no list'),
    v.check((all) => all.length <= most, `has more than ${most} entries`),
  );

/** A value for each name, at most so many. */
export const byName = <T>(
  isName: (name: string) => boolean,
  of: Schema<T>,
  most: number,
): Schema<Readonly<Record<string, T>>> =>
  v.pipe(
    is<Readonly<Record<string, unknown>>>(isObject, 'is no object'),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const entries = Object.entries(dataset.value);
      const fitted: [string, T][] = [];
      let wrong = entries.length > most ? `has more than ${most} entries` : null;
      for (const [name, value] of wrong === null ? entries : []) {
        const one = isName(name) ? readBy(of, value) : null;
        if (one?.ok === true) fitted.push([name, one.value]);
        else wrong ??= one === null ? 'has an entry whose name is none' : `has ${name}: ${one.reason}`;
      }
      if (wrong === null) return Object.fromEntries(fitted);
      addIssue({ message: wrong });
      return NEVER;
    }),
  );
