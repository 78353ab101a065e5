/** Of several watchers one leads: by a lease in the store, whose text stays the same for the whole term and fences every write. */
import { isCanopyError } from '../../errors.ts';
import type { Clock, Log, Random, Store } from '../../ports/ports.ts';
import { line, object, time } from '../../record/fields.ts';
import { defineRecord } from '../../record/record.ts';
import { every } from '../../shared/time.ts';
import { watchLease } from '../../store-keys.operate.ts';

/** A leader that has not renewed its lease for so long leads no more. */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

interface WatchLease {
  readonly id: string;
  /** Where it runs, for people. */
  readonly host: string;
  readonly since: number;
}

const leaseRecord = defineRecord<WatchLease>({
  name: 'the lease of a watcher',
  version: ['version', 1],
  schema: object({ id: line(100), host: line(300), since: time }),
  longest: 10_000,
});

interface LeadershipPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export class Leadership {
  readonly #app: string;
  readonly #host: string;
  readonly #ports: LeadershipPorts;
  readonly #id: string;
  /** Null: it stands by. */
  #text: string | null = null;
  #renewedAt = 0;

  constructor(app: string, host: string, ports: LeadershipPorts) {
    this.#app = app;
    this.#host = host;
    this.#ports = ports;
    this.#id = ports.random.hex(8);
  }

  /** Whether it leads now: a leader that was stopped and wakes finds its time gone. */
  get leads(): boolean {
    return this.#text !== null && this.#ports.clock.now() - this.#renewedAt < LEASE_MS;
  }

  /** While this stands in the store, no other one leads. */
  get fence(): { readonly key: string; readonly value: string } | null {
    return this.#text === null ? null : { key: watchLease(this.#app), value: this.#text };
  }

  /** Takes the lease, or keeps it. Throws what the store throws. */
  async renew(): Promise<boolean> {
    const { store, clock, log } = this.#ports;
    const key = watchLease(this.#app);
    const at = clock.now();
    if (this.#text !== null && (await store.swap(key, this.#text, this.#text, LEASE_MS))) {
      this.#renewedAt = at;
      return true;
    }
    if (this.#text !== null) log.warn('another watcher leads now: this one stands by');
    const text = leaseRecord.format({ id: this.#id, host: this.#host, since: at });
    const taken = await store.swap(key, null, text, LEASE_MS);
    this.#text = taken ? text : null;
    if (taken) {
      this.#renewedAt = at;
      log.info('leads');
    }
    return taken;
  }

  /** Renews until the signal; `onTaken` is called at each beginning of a term. While the store is away, nothing is renewed. */
  async keep(onTaken: () => Promise<void>, signal: AbortSignal): Promise<void> {
    await every(
      this.#ports.clock,
      RENEW_MS,
      async () => {
        const before = this.#text;
        try {
          if ((await this.renew()) && this.#text !== before) await onTaken();
        } catch (error) {
          if (!isCanopyError(error)) throw error;
          this.#ports.log.warn(`the lease was not renewed: ${error.message}`);
        }
      },
      signal,
    );
  }

  /** So that the one that stands by need not wait. */
  async leave(): Promise<void> {
    if (this.#text !== null) await this.#ports.store.swap(watchLease(this.#app), this.#text, null);
    this.#text = null;
  }
}
