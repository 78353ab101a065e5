import { CanopyError } from '../errors.ts';
import type { Log, Store } from '../ports.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { outlast, type Patience } from './outlast.ts';

/**
 * Keeps one deploy's journal in the store. The store may be away in the middle of it: the host's journal goes on, and the end
 * is written when it is back, as long as the lock is ours. A journal of a later deploy is never overwritten.
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
    if (mine === null) await store.set(key, text);
    else if (!(await store.swap(key, mine, text))) await putAgain(journal, text);
    mine = text;
  };
  /** The store has lost our last word, or somebody else has begun. */
  const putAgain = async (journal: Journal, text: string): Promise<void> => {
    const found = await store.get(key);
    if (found !== null && !isOf(journal.deploy, found, key, log)) return;
    await store.swap(key, found, text);
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

function isOf(deploy: string, text: string, key: string, log: Log): boolean {
  try {
    const other = readJournal(text, key);
    if (other.deploy === deploy) return true;
    log.warn(`${key} is the journal of the deploy ${other.deploy} by now: this one's is not written`);
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    log.warn(error.message);
  }
  return false;
}
