/** The deploy before that did not come to its end: its controller died, or it left servers behind that it could not reach. */
import { isCanopyError, type CanopyError } from '../../errors.ts';
import type { Store } from '../../ports/ports.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';

/** A journal as it stands in the store. */
export interface StoredJournal {
  readonly key: string;
  readonly text: string | null;
  /** Null when there is none, or when it cannot be read. */
  readonly journal: Journal | null;
  /** Why it cannot be read; null: it can, or there is none. */
  readonly unreadable: CanopyError | null;
}

/** The last deploy, however it has ended. */
export async function journalAt(key: string, store: Pick<Store, 'get'>): Promise<StoredJournal> {
  const text = await store.get(key);
  const found = { key, text, journal: null, unreadable: null };
  if (text === null) return found;
  try {
    return { ...found, journal: readJournal(text, key) };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return { ...found, unreadable: error };
  }
}

/** Null when there was none, or when it is over. */
export async function unfinishedAt(key: string, store: Store): Promise<StoredJournal | null> {
  const found = await journalAt(key, store);
  const state = found.journal?.state;
  return found.unreadable !== null || state === 'running' || state === 'mixed' ? found : null;
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
  { key, text, journal }: StoredJournal,
  { release, token }: Pick<Journal, 'release' | 'token'>,
  store: Store,
): Promise<boolean> {
  if (journal === null) return false;
  const state = journal.release === release ? 'done' : 'failed';
  return store.swap(key, text, writeJournal({ ...journal, token, state, doing: [] }));
}

/** What the instances of a deploy that never ended ran before it; empty when nobody knows. */
export const wouldGoBackTo = (unended: StoredJournal | null): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    (unended?.journal?.plan.tracks ?? []).map(({ instance, previous }) => [instance, previous]),
  );

/** The old group of a switch to `release` that never ended; empty when there was none. */
export const wouldRetire = (unended: StoredJournal | null, release: string): readonly string[] =>
  unended?.journal?.release === release ? unended.journal.plan.retire : [];
