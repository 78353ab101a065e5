/** Entries of an audit stream, for tests: as few words as a case needs. */
import { parseEntry, toFields, type AuditEntry, type AuditOutcome } from '../../src/audit/parse.ts';

export const start = Date.UTC(2026, 10, 1);
export const minute = 60_000;
export const actor = { name: 'shop #7', url: '' };

export const release = (n: number): string => `2026110100000${n}-${String(n).repeat(7)}-aaaaaa`;
export const commit = (n: number): string => String(n).repeat(40);

/** An action by its beginning and its length, in minutes. Oldest entry first. */
export function acted(at: number, done: Partial<AuditOutcome> & { readonly took?: number }): AuditEntry[] {
  const { took = 1, outcome = 'done', ...rest } = done;
  const deed = { action: 'deploy', environment: 'production', ...rest };
  const id = `${start + at * minute}-0`;
  const intent = read(id, toFields('intent', deed, { actor, at: start + at * minute }));
  const end = start + (at + took) * minute;
  const by = { actor, at: end, intent: id, durationMs: took * minute };
  return [intent, read(`${end}-1`, toFields('outcome', { ...deed, outcome }, by))];
}

export const unfinished = (at: number, done: Partial<AuditOutcome>): AuditEntry[] =>
  acted(at, done).slice(0, 1);

/** A stream as it is read: the newest first. */
export const stream = (...entries: AuditEntry[][]): AuditEntry[] =>
  entries.flat().sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));

function read(id: string, fields: Readonly<Record<string, string>>): AuditEntry {
  const entry = parseEntry({ id, fields });
  if (entry === null) throw new TypeError(`no entry: ${JSON.stringify(fields)}`);
  return entry;
}
