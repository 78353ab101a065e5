/** The deploy before that did not come to its end: its controller died, or it left servers behind that it could not reach. */
import { CanopyError } from '../../errors.ts';
import type { Store } from '../../ports/ports.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';

export interface UnfinishedRecord {
  readonly key: string;
  readonly text: string;
  /** Null when it cannot be read. */
  readonly journal: Journal | null;
}

/** Null when there was none, or when it is over. */
export async function unfinishedAt(key: string, store: Store): Promise<UnfinishedRecord | null> {
  const text = await store.get(key);
  if (text === null) return null;
  try {
    const journal = readJournal(text, key);
    return journal.state === 'running' || journal.state === 'mixed' ? { key, text, journal } : null;
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    return { key, text, journal: null };
  }
}

/** The last deploy, however it has ended; null when there was none, or when it cannot be read. */
export async function lastAt(key: string, store: Store): Promise<Journal | null> {
  const text = await store.get(key);
  try {
    return text === null ? null : readJournal(text, key);
  } catch (error) {
    if (error instanceof CanopyError) return null;
    throw error;
  }
}

const between: readonly Journal['state'][] = ['running', 'mixed', 'aborted', 'frozen', 'partial'];

/**
 * What these instances ran before a deploy that has left some of them behind, or what a rollback was to bring back that did; null
 * when there was none, or when they ran different ones.
 */
export function leftFor(journal: Journal | null, names: readonly string[]): string | null {
  if (journal === null || !between.includes(journal.state)) return null;
  if (journal.action === 'rollback') return journal.release;
  const before = new Map(journal.plan.tracks.map(({ instance, previous }) => [instance, previous]));
  const [first, ...others] = new Set(names.map((name) => before.get(name) ?? null));
  return others.length === 0 ? (first ?? null) : null;
}

/** It is over: every instance was found to run `release` and to be healthy, under that token. Says whether that was written down. */
export async function close(
  { key, text, journal }: UnfinishedRecord,
  { release, token }: Pick<Journal, 'release' | 'token'>,
  store: Store,
): Promise<boolean> {
  if (journal === null) return false;
  const state = journal.release === release ? 'done' : 'failed';
  return store.swap(key, text, writeJournal({ ...journal, token, state, doing: [] }));
}

/** What the instances of a deploy that never ended ran before it; empty when nobody knows. */
export const wouldGoBackTo = (unended: UnfinishedRecord | null): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    (unended?.journal?.plan.tracks ?? []).map(({ instance, previous }) => [instance, previous]),
  );

/** The old group of a switch to `release` that never ended; empty when there was none. */
export const wouldRetire = (unended: UnfinishedRecord | null, release: string): readonly string[] =>
  unended?.journal?.release === release ? unended.journal.plan.retire : [];
