import { keepAside } from '../../record/aside.ts';
import { CanopyError } from '../../errors.ts';
import type { Store } from '../../ports/ports.ts';
import { whereItStays } from '../../shared/where-it-stays.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { retryWhileAway, type RetrySetup } from './retry-while-away.ts';

/**
 * Keeps one deploy's journal in the store. The store may be away in the middle of it: the host's journal goes on, and the end
 * is written when it is back, as long as the lock is ours. A journal of a later lease is never overwritten, which is told once;
 * one that nobody can read is kept aside.
 */
export function journalKeeper(
  key: string,
  store: Store,
  patience: RetrySetup,
): (journal: Journal) => Promise<void> {
  const { clock, log, lost } = patience;
  let mine: string | null = null;
  let overtaken = false;

  const put = async (journal: Journal): Promise<void> => {
    const text = writeJournal(journal);
    if (mine !== null && (await store.swap(key, mine, text))) mine = text;
    else await putOver(journal, text);
  };
  /** Our first word, or the store has lost our last one, or somebody else has begun. */
  const putOver = async (journal: Journal, text: string): Promise<void> => {
    for (let tries = 0; tries < 5; tries += 1) {
      const found = await store.get(key);
      const later = found === null ? null : await laterThan(journal, found);
      if (later !== null) {
        overtaken = true;
        log.warn(`${key} is written by a later run by now, for ${later}: this one's is not written any more`);
        return;
      }
      if (!(await store.swap(key, found, text))) continue;
      mine = text;
      return;
    }
  };
  /** Which deploy a later run has written it for; null: none, and what stands there is over. */
  const laterThan = async ({ token }: Journal, found: string): Promise<string | null> => {
    try {
      const other = readJournal(found, key);
      return other.token > token ? other.deploy : null;
    } catch (error) {
      if (!(error instanceof CanopyError) || error.code !== 'store-record') throw error;
      log.warn(`${error.message}; it is kept as ${await keepAside(store, key, found)}`);
      return null;
    }
  };

  /** The end has to stand where the next run reads it: not on a server that was replaced meanwhile. */
  const end = (journal: Journal): Promise<void> =>
    whereItStays(() => retryWhileAway(() => (overtaken ? Promise.resolve() : put(journal)), patience), {
      ...{ store, clock, stop: lost },
    });

  return async (journal) => {
    if (overtaken) return;
    try {
      await (journal.state === 'running' ? put(journal) : end(journal));
    } catch (error) {
      if (!(error instanceof CanopyError)) throw error;
      log.warn(`the journal stays on the servers alone for now: ${error.message}`);
    }
  };
}
