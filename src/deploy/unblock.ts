import { keepAside } from '../record/aside.ts';
import { openAudit } from '../audit/index.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { whereItStays } from '../shared/where-it-stays.ts';
import { deployKey } from '../store-keys.ts';
import { journalRecord, readJournal, writeJournal } from './journal/journal.ts';
import type { RunIdentity } from './context/setting.ts';

interface Unblocked {
  readonly app: string;
  readonly environment: string;
  readonly actor: RunIdentity;
  /** Also when nobody can read the journal: it is kept aside. */
  readonly steal?: boolean;
}

/**
 * Takes a mixed environment as it is: the next deploy is let through. Returns whether there was anything to take. Throws
 * `store-record` and what the store throws.
 */
export async function unblock(
  { app, environment, actor, steal = false }: Unblocked,
  ports: { readonly store: Store; readonly clock: Clock; readonly log: Log },
): Promise<boolean> {
  const key = deployKey(app, environment);
  const text = await ports.store.get(key);
  if (text === null) return false;
  if (steal && !journalRecord.parse(text).ok) {
    const reasons = [
      `its journal could not be read; it is kept as ${await keepAside(ports.store, key, text)}`,
    ];
    ports.log.warn(`${environment}: ${reasons.join()}`);
    const intended = { action: 'take the servers as they are', environment, reasons };
    const audit = openAudit({ app, actor }, ports);
    const id = await audit.intent(intended);
    const gone = await whereItStays(() => ports.store.swap(key, text, null), ports);
    await audit.outcome(id, { ...intended, outcome: gone ? 'done' : 'unchanged' });
    return gone;
  }
  const journal = readJournal(text, key);
  if (journal.state !== 'mixed') return false;
  const intended = { action: 'take a mixed environment as it is', environment, release: journal.release };
  const audit = openAudit({ app, actor }, ports);
  const id = await audit.intent(intended);
  const next = writeJournal({ ...journal, state: 'failed' });
  const taken = await whereItStays(() => ports.store.swap(key, text, next), ports);
  await audit.outcome(id, { ...intended, outcome: taken ? 'done' : 'unchanged' });
  return taken;
}
