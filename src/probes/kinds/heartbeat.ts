/** Heartbeats of others, in the store: whoever is watched so tells by itself that it lives. */
import { flag, object, time } from '../../record/fields.ts';
import { defineRecord } from '../../record/record.ts';
import type { Store } from '../../ports/ports.ts';
import { heartbeatKey } from '../../store-keys.operate.ts';

interface Heartbeat {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** False: since then one is waited for, and none came yet. */
  readonly came: boolean;
}

const heartbeatRecord = defineRecord<Heartbeat>({
  name: 'a heartbeat',
  schema: object({ at: time, came: flag }),
  longest: 1000,
});

/** The last one; null: nobody has waited for one of that name, or what stands there cannot be read. */
export async function heartbeatOf(store: Store, app: string, name: string): Promise<Heartbeat | null> {
  const text = await store.get(heartbeatKey(app, name));
  const found = text === null ? null : heartbeatRecord.parse(text);
  return found?.ok === true ? found.value : null;
}

/** One came. */
export const noteHeartbeat = (store: Store, app: string, name: string, now: number): Promise<boolean> =>
  store.set(heartbeatKey(app, name), heartbeatRecord.format({ at: now, came: true }));

/** From now on one is waited for, unless one has come meanwhile. A restart of the watch begins no new time. */
export async function waitFor(store: Store, app: string, name: string, now: number): Promise<Heartbeat> {
  const waiting = { at: now, came: false };
  const key = heartbeatKey(app, name);
  const stood = await store.get(key);
  // What cannot be read is replaced.
  if (stood === null) await store.set(key, heartbeatRecord.format(waiting), { ifAbsent: true });
  else await store.swap(key, stood, heartbeatRecord.format(waiting));
  return (await heartbeatOf(store, app, name)) ?? waiting;
}
