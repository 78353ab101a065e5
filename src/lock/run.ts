/** The step lock: who holds an environment, and taking it away from a holder that is dead. */
import { keepAside } from '../record/aside.ts';
import { openAudit, type Actor } from '../audit/index.ts';
import { fail, isCanopyError } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { lockKey, tokenKey } from '../store-keys.ts';
import { whereItStays } from '../shared/where-it-stays.ts';
import { isSameRun, nameOf, parseRecord, termOf, type LockRecord } from './record.ts';
import { messageOf } from '../shared/text/thrown.ts';

interface LockTarget {
  readonly app: string;
  readonly environment: string;
}

/** Who holds the lock; null when it is free. Throws `store-record` and what the store throws. */
export async function show({ app, environment }: LockTarget, store: Store): Promise<LockRecord | null> {
  const key = lockKey(app, environment);
  const found = await store.get(key);
  return found === null ? null : parseRecord(found, key);
}

interface ReleaseOptions extends LockTarget {
  /** `run` as in the record of a lock. */
  readonly actor: Actor & { readonly run: string };
  /** Also when another run holds it, or when the record is not one of ours. */
  readonly steal: boolean;
}

interface Released {
  readonly outcome: 'done' | 'unchanged';
  /** Who held it; null when nobody did, or when that could not be read. */
  readonly was: LockRecord | null;
}

interface ReleasePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Frees a lock. Its holder notices at its next renewal and stops; the servers refuse its commands from the next deploy's first on.
 * Without `steal` only the run that took it may: the same Jenkins build, or the same process. Throws `lock-foreign`,
 * `store-record`, and what the store throws.
 */
export async function release(options: ReleaseOptions, ports: ReleasePorts): Promise<Released> {
  const { app, environment, actor, steal } = options;
  const { store } = ports;
  const key = lockKey(app, environment);
  const found = await store.get(key);
  if (found === null) return { outcome: 'unchanged', was: null };
  const was = readable(found, key, steal);
  if (!steal && was !== null && !isSameRun(was, actor)) throw foreign(environment, was);

  const audit = openAudit({ app, actor }, ports);
  const reasons = [
    was === null
      ? `its record was not one of ours; it is kept as ${await keepAside(store, key, found)}`
      : `held by ${nameOf(was)}: ${was.reason}`,
  ];
  if (was === null) ports.log.warn(`the lock on ${environment}: ${reasons.join()}`);
  const intended = { action: steal ? 'lock release --steal' : 'lock release', environment, reasons };
  const id = await audit.intent(intended);
  try {
    const other = await whereItStays(async () => {
      // The counter first: a holder whose record is gone takes the lock again unless a newer token was given out.
      await raiseCounter(options, was, steal, store);
      return removeOf(was, found, key, store);
    }, ports);
    if (other !== null) throw foreign(environment, other);
  } catch (error) {
    const why = messageOf(error);
    await audit.outcome(id, { ...intended, reasons: [...reasons, why], outcome: 'failed' });
    throw error;
  }
  await audit.outcome(id, { ...intended, outcome: 'done' });
  return { outcome: 'done', was };
}

function foreign(environment: string, record: LockRecord): Error {
  const { reason, url } = record;
  const facts = { environment, holder: nameOf(record), reason, url };
  return fail('lock-foreign', { ...facts, since: termOf(record) });
}

/** The record in words; null when it is garbage that may be stolen all the same. */
function readable(text: string, key: string, steal: boolean): LockRecord | null {
  try {
    return parseRecord(text, key);
  } catch (error) {
    if (steal && isCanopyError(error)) return null;
    throw error;
  }
}

async function raiseCounter(
  { app, environment }: LockTarget,
  was: LockRecord | null,
  steal: boolean,
  store: Store,
): Promise<void> {
  const key = tokenKey(app, environment);
  const token = was?.token ?? 0;
  try {
    await store.next(key, token);
  } catch (error) {
    if (!steal || !isCanopyError(error) || error.code !== 'store-record') throw error;
    // Garbage counts for nothing; the highest token that the servers have seen makes up for it at the next deploy.
    await store.set(key, String(token + 1));
  }
}

/** Removes the record as long as it is of that lease; returns who has taken the lock meanwhile. */
async function removeOf(
  was: LockRecord | null,
  found: string,
  key: string,
  store: Store,
): Promise<LockRecord | null> {
  let text = found;
  for (;;) {
    if (await store.swap(key, text, null)) return null;
    const now = await store.get(key);
    if (now === null) return null;
    const record = readable(now, key, was === null);
    if (record !== null && record.id !== was?.id) return record;
    text = now;
  }
}
