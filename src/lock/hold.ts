/** One lock that is held: renewed until it is released or lost. */
import { fail, isCanopyError } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { lockKey, tokenKey } from '../store-keys.ts';
import { whereItStays } from '../shared/where-it-stays.ts';
import { nameOf, parseRecord, writeRecord, type LockRecord } from './record.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { atMost, every } from '../shared/time.ts';

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
export const hold = (held: Held): Hold => new RenewedLock(held);

class RenewedLock implements Hold {
  readonly environment: string;
  readonly #held: Held;
  readonly #key: string;
  readonly #counter: string;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #keeping: Promise<void>;
  #record: LockRecord;
  #text: string;
  /** By our own clock; counted from before the store was asked, so it never ends later than the store's. */
  #heldUntil: number;
  #ended = false;

  constructor(held: Held) {
    this.#held = held;
    this.environment = held.environment;
    this.#key = lockKey(held.app, held.environment);
    this.#counter = tokenKey(held.app, held.environment);
    this.#record = held.record;
    this.#text = held.text;
    this.#heldUntil = held.takenAt + held.leaseMs;
    this.#keeping = this.#keep();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async raise(atLeast: number): Promise<number> {
    this.#refuseWhenOver();
    const token = await this.#held.store.next(this.#counter, Math.max(atLeast, this.#record.token));
    this.#record = { ...this.#record, token };
    await this.#renew();
    this.#refuseWhenOver();
    return token;
  }

  async release(): Promise<void> {
    const { store, clock, log, environment } = this.#held;
    const mine = !this.#ended;
    this.#ended = true;
    this.#stop.abort();
    await this.#keeping;
    if (!mine) return;
    try {
      // Removed from a server that has been replaced it stands on the other one still.
      await whereItStays(() => this.#remove(), { store, clock });
    } catch (error) {
      log.warn(`the lock on ${environment} was not released (${messageOf(error)}); it runs out by itself`);
    }
  }

  /** Throws `lock-lost`. */
  #refuseWhenOver(): void {
    if (!this.#ended) return;
    const reason = messageOf(this.#lost.signal.reason ?? 'it was released');
    throw fail('lock-lost', { environment: this.environment, reason });
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#held.log.warn(`the lock on ${this.environment} was lost: ${reason}`);
    this.#lost.abort(new Error(reason));
    this.#stop.abort();
  }

  async #keep(): Promise<void> {
    const { clock, log, leaseMs, environment } = this.#held;
    const silent = 'the store did not answer';
    let why = silent;
    const inTime = (ms: number): number => Math.min(ms, this.#heldUntil - clock.now());
    const next = async (): Promise<number | void> => {
      if (clock.now() >= this.#heldUntil) return this.#lose(`it could not be renewed in time: ${why}`);
      try {
        // A store that hangs must not make us believe in a lock that has run out.
        await atMost(clock, this.#heldUntil - clock.now(), this.#renew());
        why = silent;
        return inTime(leaseMs / 3);
      } catch (error) {
        if (isCanopyError(error) && error.code === 'store-record') return this.#lose(error.message);
        why = messageOf(error);
        log.debug(`the lock on ${environment} was not renewed: ${why}`);
        return inTime(Math.max(1, leaseMs / 20));
      }
    };
    await every(clock, 0, next, this.#stop.signal, inTime(leaseMs / 3));
  }

  async #renew(): Promise<void> {
    if (!(await this.#put())) this.#lose(await this.#whose());
  }

  /** Writes our record over whatever of ours stands there; says whether the lock is ours then. */
  async #put(): Promise<boolean> {
    const { store, clock, leaseMs } = this.#held;
    const began = clock.now();
    let expected: string | null = this.#text;
    for (let tries = 0; tries < 5; tries += 1) {
      // An answer that came too late must not bring back a lock that was given up meanwhile.
      if (this.#ended) return false;
      this.#record = { ...this.#record, until: began + leaseMs };
      const written = writeRecord(this.#record);
      if (await store.swap(this.#key, expected, written, leaseMs)) {
        this.#text = written;
        this.#heldUntil = Math.max(this.#heldUntil, began + leaseMs);
        if (expected === null) await this.#putCounter();
        return true;
      }
      expected = await store.get(this.#key);
      if (expected === null ? !(await this.#mayRetake()) : !this.#isOurs(expected)) return false;
    }
    return false;
  }

  /** The record is gone: only a store that lost it, not a release by somebody, leaves the counter at or below our token. */
  async #mayRetake(): Promise<boolean> {
    const last = Number((await this.#held.store.get(this.#counter)) ?? 0);
    return last <= this.#record.token;
  }

  async #putCounter(): Promise<void> {
    this.#held.log.warn(`the store had forgotten the lock on ${this.environment}; it is written anew`);
    await this.#held.store.next(this.#counter, Math.max(this.#record.token, 1) - 1);
  }

  async #whose(): Promise<string> {
    const found = await this.#held.store.get(this.#key);
    if (found === null) return 'somebody released it';
    const other = parseRecord(found, this.#key);
    return other.id === this.#record.id
      ? 'its record does not stand still'
      : `${nameOf(other)} has it now: ${other.reason}`;
  }

  async #remove(): Promise<void> {
    const { store } = this.#held;
    if (await store.swap(this.#key, this.#text, null)) return;
    const found = await store.get(this.#key);
    if (found !== null && this.#isOurs(found)) await store.swap(this.#key, found, null);
  }

  #isOurs(text: string): boolean {
    return parseRecord(text, this.#key).id === this.#record.id;
  }
}
