import { CanopyError } from '../../errors.ts';
import type { Store } from '../../ports.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { outlast, type Patience } from './outlast.ts';

/**
 * Keeps one deploy's journal in the store. The store may be away in the middle of it: the host's journal goes on, and the end
 * is written when it is back, as long as the lock is ours. A journal of a later lease is never overwritten.
 */
export function keptJournal(
  key: string,
  store: Store,
  patience: Patience,
): (journal: Journal) => Promise<void> {
  const { log } = patience;
  let mine: string | null = null;

  const put = async (journal: Journal): Promise<void> => {
    const text = writeJournal(journal);
    if (mine === null || !(await store.swap(key, mine, text))) await putOver(journal, text);
    mine = text;
  };
  /** Our first word, or the store has lost our last one, or somebody else has begun. */
  const putOver = async (journal: Journal, text: string): Promise<void> => {
    for (let tries = 0; tries < 5; tries += 1) {
      const found = await store.get(key);
      if ((found !== null && isNewer(found, journal)) || (await store.swap(key, found, text))) return;
    }
  };
  const isNewer = (found: string, { token }: Journal): boolean => {
    try {
      const other = readJournal(found, key);
      if (other.token <= token) return false;
      log.warn(`${key} is written by a later run by now, for ${other.deploy}: this one's is not written`);
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      log.warn(error.message);
      // Whatever stood there before we began is over.
      if (mine === null) return false;
    }
    return true;
  };

  return async (journal) => {
    try {
      await (journal.state === 'running' ? put(journal) : outlast(() => put(journal), patience));
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      log.warn(`the journal stays on the servers alone for now: ${error.message}`);
    }
  };
}
