import { parseDuration, parsePercent } from '../../shared/text/units.ts';
import type { Param } from '../declare/params.ts';
import { lookUp } from '../../shared/look-up.ts';

type ValueResult = { readonly value: unknown } | { readonly wrong: string };

/** One parameter's value from the command line (text) or from JSON (text, number, boolean, list), checked. */
export function readValue(param: Param, given: unknown): ValueResult {
  if (isEmpty(given)) return { wrong: 'is empty: give a value, or leave it out (in a Jenkinsfile: null)' };
  return readers[param.type](given, param);
}

const readers: Readonly<Record<Param['type'], (given: unknown, param: Param) => ValueResult>> = {
  string: text,
  boolean: yesOrNo,
  integer,
  percent,
  duration,
  list,
  choice,
};

/** Nothing was given, and nobody knows which of two things was meant: not at all, or all. */
const isEmpty = (given: unknown): boolean =>
  typeof given === 'string' ? given.trim() === '' : Array.isArray(given) && given.every(isEmpty);

/** A number is taken where it is the same as text; of 1.10 and of twenty digits JSON leaves something else. */
function text(given: unknown): ValueResult {
  if (typeof given === 'string') return { value: given };
  if (typeof given !== 'number') return wrong('a text', given);
  return Number.isSafeInteger(given)
    ? { value: String(given) }
    : { wrong: `must be a text: write it in quotes, as a number it becomes ${given}` };
}

function yesOrNo(given: unknown): ValueResult {
  if (typeof given === 'boolean') return { value: given };
  return given === 'true' || given === 'false' ? { value: given === 'true' } : wrong('true or false', given);
}

function duration(given: unknown): ValueResult {
  const value = typeof given === 'string' ? parseDuration(given) : null;
  return value === null ? wrong('a duration like 30s or 5m', given) : { value };
}

function integer(given: unknown): ValueResult {
  const value = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;
  return typeof value === 'number' && Number.isSafeInteger(value)
    ? { value }
    : wrong('a whole number', given);
}

function percent(given: unknown): ValueResult {
  const text = typeof given === 'number' ? `${given}%` : given;
  const value = typeof text === 'string' ? parsePercent(text.endsWith('%') ? text : `${text}%`) : null;
  return value === null ? wrong('a percentage from 0 to 100 like 33 or 33%', given) : { value };
}

function list(given: unknown): ValueResult {
  const texts = Array.isArray(given) ? given : [given];
  if (!texts.every((item) => typeof item === 'string')) return wrong('a text or a list of texts', given);
  const items = texts.flatMap((item: string) => item.split(',')).map((item) => item.trim());
  return items.includes('') ? { wrong: `has an empty part: ${show(given)}` } : { value: items };
}

function choice(given: unknown, param: Param): ValueResult {
  const values = param.values ?? [];
  const value = typeof given === 'string' ? (lookUp(param.aliases ?? {}, given) ?? given) : given;
  return typeof value === 'string' && values.includes(value)
    ? { value }
    : wrong(`one of: ${values.join(', ')}`, given);
}

const wrong = (wanted: string, given: unknown): ValueResult => ({
  wrong: `must be ${wanted}, not ${show(given)}`,
});

function show(given: unknown): string {
  const text = JSON.stringify(given) ?? String(given);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
