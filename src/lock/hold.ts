/** One lock that is held: renewed until it is released or lost. */
import { fail, isCanopyError } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { lockKey, tokenKey } from '../store-keys.ts';
import { whereItStays } from '../shared/where-it-stays.ts';
import { nameOf, parseRecord, writeRecord, type LockRecord } from './record.ts';

export interface HoldPorts {
  readonly store: Store;
  /** Real time, also in a dry run. */
  readonly clock: Clock;
  readonly log: Log;
}

export interface Hold {
  readonly environment: string;
  /** Aborted when the lock is not ours any more; the reason is an Error in words. */
  readonly lost: AbortSignal;
  /** Takes a number above `atLeast` and all given out before, and writes it into the record. */
  raise(atLeast: number): Promise<number>;
  /** Frees it, if it is still ours. Never throws: a lock that stays runs out by itself. */
  release(): Promise<void>;
}

interface Held extends HoldPorts {
  readonly app: string;
  readonly environment: string;
  readonly leaseMs: number;
  /** What we wrote, and the moment before we did. */
  readonly record: LockRecord;
  readonly text: string;
  readonly takenAt: number;
}

/** Starts to renew a lock that was just taken. */
export function hold({ store, clock, log, app, environment, leaseMs, ...taken }: Held): Hold {
  const key = lockKey(app, environment);
  const counter = tokenKey(app, environment);
  const lost = new AbortController();
  const stop = new AbortController();
  let { record, text } = taken;
  /** By our own clock; counted from before the store was asked, so it never ends later than the store's. */
  let heldUntil = taken.takenAt + leaseMs;
  let ended = false;

  const lose = (reason: string): void => {
    if (ended) return;
    ended = true;
    log.warn(`the lock on ${environment} was lost: ${reason}`);
    lost.abort(new Error(reason));
    stop.abort();
  };

  /** Writes our record over whatever of ours stands there; says whether the lock is ours then. */
  const put = async (): Promise<boolean> => {
    const began = clock.now();
    let expected: string | null = text;
    for (let tries = 0; tries < 5; tries += 1) {
      // An answer that came too late must not bring back a lock that was given up meanwhile.
      if (ended) return false;
      const written = writeRecord(record);
      if (await store.swap(key, expected, written, leaseMs)) {
        text = written;
        heldUntil = Math.max(heldUntil, began + leaseMs);
        if (expected === null) await putCounter();
        return true;
      }
      expected = await store.get(key);
      if (expected === null ? !(await mayRetake()) : !isOurs(expected, record.id, key)) return false;
    }
    return false;
  };
  /** The record is gone: only a store that lost it, not a release by somebody, leaves the counter at or below our token. */
  const mayRetake = async (): Promise<boolean> => {
    const last = Number((await store.get(counter)) ?? 0);
    return last <= record.token;
  };

  const putCounter = async (): Promise<void> => {
    log.warn(`the store had forgotten the lock on ${environment}; it is written anew`);
    await store.next(counter, Math.max(record.token, 1) - 1);
  };

  const renew = async (): Promise<void> => {
    if (!(await put())) lose(await whose());
  };
  const whose = async (): Promise<string> => {
    const found = await store.get(key);
    if (found === null) return 'somebody released it';
    const other = parseRecord(found, key);
    return other.id === record.id
      ? 'its record does not stand still'
      : `${nameOf(other)} has it now: ${other.reason}`;
  };

  const keep = async (): Promise<void> => {
    let wait = leaseMs / 3;
    let why = 'the store did not answer';
    while (!ended) {
      await clock.sleep(Math.min(wait, heldUntil - clock.now()), stop.signal);
      if (ended) return;
      if (clock.now() >= heldUntil) return lose(`it could not be renewed in time: ${why}`);
      const done = new AbortController();
      try {
        // A store that hangs must not make us believe in a lock that has run out.
        await Promise.race([renew(), clock.sleep(heldUntil - clock.now(), done.signal)]);
        wait = leaseMs / 3;
        why = 'the store did not answer';
      } catch (error) {
        if (isCanopyError(error) && error.code === 'store-record') return lose(error.message);
        wait = Math.max(1, leaseMs / 20);
        why = messageOf(error);
        log.debug(`the lock on ${environment} was not renewed: ${why}`);
      } finally {
        done.abort();
      }
    }
  };
  const remove = async (): Promise<void> => {
    if (await store.swap(key, text, null)) return;
    const found = await store.get(key);
    if (found !== null && isOurs(found, record.id, key)) await store.swap(key, found, null);
  };
  const keeping = keep();

  return {
    environment,
    lost: lost.signal,
    async raise(atLeast) {
      const refuse = (): Error =>
        fail('lock-lost', { environment, reason: messageOf(lost.signal.reason ?? 'it was released') });
      if (ended) throw refuse();
      const token = await store.next(counter, Math.max(atLeast, record.token));
      record = { ...record, token };
      await renew();
      if (ended) throw refuse();
      return token;
    },
    async release() {
      const mine = !ended;
      ended = true;
      stop.abort();
      await keeping;
      if (!mine) return;
      try {
        // Removed from a server that has been replaced it stands on the other one still.
        await whereItStays(remove, { store, clock });
      } catch (error) {
        log.warn(`the lock on ${environment} was not released (${messageOf(error)}); it runs out by itself`);
      }
    },
  };
}

const isOurs = (text: string, id: string, key: string): boolean => parseRecord(text, key).id === id;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
