/** A number belongs to one application: calls are looked up by the two numbers alone, so another one's would be taken for ours. */
import { fail } from '../errors.ts';
import type { Store } from '../ports/ports.ts';
import { fromNumber } from '../store-keys.operate.ts';

/** Throws `message-from` when another application calls from it, and what the store throws. */
export async function claimFrom(app: string, from: string, store: Store): Promise<void> {
  const key = fromNumber(from);
  if (await store.swap(key, null, app)) return;
  const owner = await store.get(key);
  if (owner !== null && owner !== app) throw fail('message-from', { from, app: owner, key });
}
