import { openAudit } from '../audit/index.ts';
import type { Clock, Log, Store } from '../ports.ts';
import { deployKey } from '../store-keys.ts';
import { readJournal, writeJournal } from './journal/journal.ts';
import type { Who } from './setting.ts';

/** Takes a mixed environment as it is: the next deploy is let through. Returns whether there was anything to take. */
export async function unblock(
  { app, environment, actor }: { readonly app: string; readonly environment: string; readonly actor: Who },
  ports: { readonly store: Store; readonly clock: Clock; readonly log: Log },
): Promise<boolean> {
  const key = deployKey(app, environment);
  const text = await ports.store.get(key);
  if (text === null) return false;
  const journal = readJournal(text, key);
  if (journal.state !== 'mixed') return false;
  const deed = { action: 'take a mixed environment as it is', environment, release: journal.release };
  const audit = openAudit({ app, actor }, ports);
  const id = await audit.intent(deed);
  const taken = await ports.store.swap(key, text, writeJournal({ ...journal, state: 'failed' }));
  await audit.outcome(id, { ...deed, outcome: taken ? 'done' : 'unchanged' });
  return taken;
}
