import type { Store } from '../ports.ts';
import { deployKey } from '../store-keys.ts';
import { readJournal, writeJournal } from './journal.ts';

/** Takes a mixed environment as it is: the next deploy is let through. Returns whether there was anything to take. */
export async function unblock(app: string, environment: string, store: Store): Promise<boolean> {
  const key = deployKey(app, environment);
  const text = await store.get(key);
  if (text === null) return false;
  const journal = readJournal(text, key);
  return journal.state === 'mixed' && store.swap(key, text, writeJournal({ ...journal, state: 'failed' }));
}
