/** Readers of single values that were written down: each throws `analysis-state` with the place of what is wrong. Pure. */
import { fail } from '../errors.ts';

/** What is wrong, and where. */
export const wrong = (where: string): Error => fail('analysis-state', { where });

export const orNull = <T>(value: unknown, read: (value: unknown) => T): T | null =>
  value === null || value === undefined ? null : read(value);

export function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(`${where} is no object`);
  return value as Record<string, unknown>;
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`${where} is no list`);
  return value;
}

export function number(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(`${where} is no number`);
  return value;
}

export function count(value: unknown, where: string): number {
  if (number(value, where) < 0) throw wrong(`${where} is below 0`);
  return value as number;
}

export function numbers(value: unknown, length: number, where: string): number[] {
  const items = list(value, where);
  if (items.length !== length) throw wrong(`${where} has a wrong length`);
  return items.map((one) => number(one, where));
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string' || value.length > 10_000) throw wrong(`${where} is no text`);
  return value;
}

export const record = (value: unknown, where: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(object(value, where)).map(([name, one]) => [name, count(one, `${where}.${name}`)]),
  );
