/**
 * The deploy as it stands, in the store: written before and after each action. What is read back is checked like user
 * input, and nothing in it is ever run: it names actions, instances and releases, no commands.
 */
import { isReleaseId } from '../artifact/id.ts';
import { fail } from '../errors.ts';
import type { End, Performed } from './decide.ts';

export interface Journal {
  readonly deploy: string;
  readonly environment: string;
  readonly release: string;
  readonly by: string;
  readonly startedAt: number;
  /** `running` until it has ended. */
  readonly state: 'running' | End;
  /** What is being done now. */
  readonly doing: readonly { readonly kind: string; readonly instance: string }[];
  readonly records: readonly { readonly kind: string; readonly instance: string; readonly result: string }[];
}

export const writeJournal = (journal: Journal): string => JSON.stringify(journal);

export const recordsOf = (performed: readonly Performed[]): Journal['records'] =>
  performed.map(({ kind, instance, result }) => ({ kind, instance, result }));

/** Throws `store-record` for anything that Canopy did not write. */
export function readJournal(text: string, key: string): Journal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail('store-record', { key, reason: 'it is no JSON' }, { cause: error });
  }
  const reason = wrong(value);
  if (reason !== null) throw fail('store-record', { key, reason });
  return value as Journal;
}

const states = ['running', 'done', 'failed', 'reverted', 'frozen', 'mixed', 'aborted'];
const word = (value: unknown, pattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/): boolean =>
  typeof value === 'string' && pattern.test(value);

function wrong(value: unknown): string | null {
  if (value === null || typeof value !== 'object') return 'it is no object';
  const record = value as Record<string, unknown>;
  if (!word(record['deploy'])) return 'deploy is no id';
  if (!word(record['environment'])) return 'environment is no name';
  if (typeof record['release'] !== 'string' || !isReleaseId(record['release']))
    return 'release is no release id';
  if (typeof record['by'] !== 'string' || record['by'].length > 300) return 'by is no name';
  if (!Number.isSafeInteger(record['startedAt'])) return 'startedAt is no time';
  if (!states.includes(String(record['state']))) return 'state is none we know';
  for (const key of ['doing', 'records']) {
    const list = record[key];
    if (!Array.isArray(list) || list.length > 100_000) return `${key} is no list`;
    if (!list.every((item: unknown) => isEntry(item))) return `${key} holds an entry that is not ours`;
  }
  return null;
}

const isEntry = (item: unknown): boolean =>
  item !== null &&
  typeof item === 'object' &&
  word((item as { kind?: unknown }).kind) &&
  word((item as { instance?: unknown }).instance);
