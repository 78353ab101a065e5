/** The deploy before that did not come to its end: its controller died, or it left servers behind that it could not reach. */
import { CanopyError } from '../../errors.ts';
import type { Store } from '../../ports.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';

export interface Unended {
  readonly key: string;
  readonly text: string;
  /** Null when it cannot be read. */
  readonly journal: Journal | null;
}

/** Null when there was none, or when it is over. */
export async function unendedAt(key: string, store: Store): Promise<Unended | null> {
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

/** It is over: every instance was found to run `release` and to be healthy, under that token. Says whether that was written down. */
export async function close(
  { key, text, journal }: Unended,
  { release, token }: Pick<Journal, 'release' | 'token'>,
  store: Store,
): Promise<boolean> {
  if (journal === null) return false;
  const state = journal.release === release ? 'done' : 'failed';
  return store.swap(key, text, writeJournal({ ...journal, token, state, doing: [] }));
}

/** What the instances of a deploy that never ended ran before it; empty when nobody knows. */
export const wouldGoBackTo = (unended: Unended | null): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    (unended?.journal?.plan.tracks ?? []).map(({ instance, previous }) => [instance, previous]),
  );

/** The old group of a switch to `release` that never ended; empty when there was none. */
export const wouldRetire = (unended: Unended | null, release: string): readonly string[] =>
  unended?.journal?.release === release ? unended.journal.plan.retire : [];
