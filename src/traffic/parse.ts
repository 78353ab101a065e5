/** Records from the store or a disk, read like a stranger's input. Pure. */
import { stickyOf, type Sticky } from '../config/sticky.ts';
import { isCount } from '../count.ts';
import type { Alert, Mark } from './alert.ts';
import { withMarks, type Note, type TrafficState } from './state.ts';

/** Longest record that is looked at, in characters. */
const LONGEST = 1_000_000;
const MOST_ENTRIES = 10_000;
const LONGEST_TEXT = 1000;

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** A traffic state, or what is wrong with the text. */
export function parseState(text: string): Parsed<TrafficState> {
  return parsing(text, (it) => {
    const body = {
      epoch: count(it['epoch'], 'epoch'),
      version: count(it['version'], 'version'),
      enabled: flag(it['enabled'], 'enabled'),
      begun: flag(it['begun'] ?? true, 'begun'),
      weight: percent(it['weight'], 'weight'),
      drained: entries(it['drained'], 'drained', note),
      reverted: it['reverted'] === null ? null : alert(it['reverted'], 'reverted'),
      // Records of older versions have none of these, nor `begun`.
      maintenance: (it['maintenance'] ?? null) === null ? null : alert(it['maintenance'], 'maintenance'),
      sticky: sticky(it['sticky'] ?? 'none', 'sticky'),
      salt: salt(it['salt'] ?? '', 'salt'),
      relapses: count(it['relapses'] ?? 0, 'relapses'),
      resumedAt: (it['resumedAt'] ?? null) === null ? null : count(it['resumedAt'], 'resumedAt'),
    };
    return withMarks(body, entries(it['marks'], 'marks', mark));
  });
}

/** Runs a reader over a JSON object; a complaint becomes the reason. */
export function parsing<T>(text: string, read: (it: Record<string, unknown>) => T): Parsed<T> {
  if (text.length > LONGEST) return { ok: false, reason: `longer than ${LONGEST} characters` };
  try {
    return { ok: true, value: read(object(JSON.parse(text), 'the record')) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

export function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} is not an object`);
  return value as Record<string, unknown>;
}

export function count(value: unknown, where: string): number {
  if (isCount(value)) return value;
  throw new Error(`${where} is not a count`);
}

export function words(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= LONGEST_TEXT && !/[\u0000-\u001f\u007f]/.test(value))
    return value;
  throw new Error(`${where} is not a short line of text`);
}

/** A record by name; names are those that an instance or router may have. */
export function entries<T>(
  value: unknown,
  where: string,
  read: (value: unknown, where: string) => T,
): Record<string, T> {
  const all = Object.entries(object(value, where));
  if (all.length > MOST_ENTRIES) throw new Error(`${where} has more than ${MOST_ENTRIES} entries`);
  return Object.fromEntries(
    all.map(([name, entry]) => [named(name, where), read(entry, `${where}.${name}`)]),
  );
}

/** Whether a weight is one: 0 to 100 with at most one decimal. */
export const isWeight = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 100 && Math.round(value * 10) / 10 === value;

export function named(name: string, where: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) return name;
  throw new Error(`${where} has an entry whose name is none`);
}

function percent(value: unknown, where: string): number {
  if (isWeight(value)) return value;
  throw new Error(`${where} is not a percentage from 0 to 100 with one decimal`);
}

function sticky(value: unknown, where: string): Sticky {
  const mode = typeof value === 'string' ? stickyOf(value) : null;
  if (mode !== null) return mode;
  throw new Error(`${where} is no way to stick`);
}

/** Whether a text may be the salt of a rollout. */
export const isSalt = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{0,32}$/.test(value);

function salt(value: unknown, where: string): string {
  if (isSalt(value)) return value;
  throw new Error(`${where} is not hexadecimal`);
}

function flag(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${where} is neither true nor false`);
}

function note(value: unknown, where: string): Note {
  const it = object(value, where);
  return { since: count(it['since'], `${where}.since`), by: words(it['by'], `${where}.by`) };
}

function alert(value: unknown, where: string): Alert {
  return { ...note(value, where), reason: words(object(value, where)['reason'], `${where}.reason`) };
}

function mark(value: unknown, where: string): Mark {
  const it = object(value, where);
  const counts = {
    raised: count(it['raised'], `${where}.raised`),
    cleared: count(it['cleared'], `${where}.cleared`),
  };
  return { ...alert(value, where), ...counts };
}
