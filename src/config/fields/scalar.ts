/**
 * Scalars of YAML that were written without quotes. What their key means decides whether they are text: `1.10` is a branch here and a
 * limit there. So the text is kept wherever the value alone would lose some of it. Pure.
 */

/** Stands before the text of such a scalar. No value of a configuration may hold it: no argument and no variable can. */
const mark = '\0';

/** A scalar as the configuration keeps it: its value when that can be written in one way only, else what was written. */
export const keepScalar = (value: unknown, source: string): unknown =>
  typeof value === 'string' || String(value) === source ? value : mark + source;

/** What a variable gave in place of a whole scalar: its key decides what it is, as if it stood there. */
export const keepGiven = (text: string): string =>
  typeof meaningOf(mark + text) === 'string' ? text : mark + text;

const isKept = (value: unknown): value is string => typeof value === 'string' && value.startsWith(mark);

/** For a key that is text: what was written. */
export function textOf(value: unknown): unknown {
  if (isKept(value)) return value.slice(mark.length);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** For the value of a variable: what was written, also where that is nothing or `null`. */
export const wordOf = (value: unknown): unknown => (value === null ? 'null' : textOf(value));

/** For a key that is a number. A number in quotes is a text. */
export function numberOf(value: unknown): unknown {
  if (!isKept(value)) return value;
  const text = value.slice(mark.length);
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return /^0(o[0-7]+|x[0-9a-fA-F]+)$/.test(text) ? Number(text) : text;
}

/** For a key that is true or false. */
export function flagOf(value: unknown): unknown {
  if (!isKept(value)) return value;
  const text = value.slice(mark.length);
  return /^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : text;
}

/** What the text means where its key is neither: `~` is nothing, `007` a number. */
export function meaningOf(value: unknown): unknown {
  if (!isKept(value)) return value;
  if (isNothing(value)) return null;
  const found = numberOf(value);
  return typeof found === 'number' ? found : flagOf(value);
}

/** Nothing was written for a key: it is as if it did not stand there. */
export const isNothing = (value: unknown): boolean =>
  value === null || (isKept(value) && /^(~|null|Null|NULL)?$/.test(value.slice(mark.length)));

/** A message in which such a scalar is quoted. */
export const withoutMarks = (message: string): string => message.replaceAll(mark, '');
