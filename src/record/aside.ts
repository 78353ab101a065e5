/** Where a record goes that cannot be read, before another is written over it. */
import type { Store } from '../ports/ports.ts';
import { unreadableRecord } from '../store-keys.ts';

/** So long somebody may look at it. */
const KEEP_MS = 30 * 24 * 3_600_000;

/** Keeps the text under a key of its own, and returns that key. */
export async function keepAside(store: Store, key: string, text: string): Promise<string> {
  const [, app = '', ...name] = key.split(':');
  const aside = unreadableRecord(app, name.join(':'));
  await store.set(aside, text, { ttlMs: KEEP_MS });
  return aside;
}
