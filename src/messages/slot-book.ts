/**
 * Open deliveries in the store and, beside it, on this machine's disk: what this process has written is known while the store is
 * away, and when it comes back empty. Both are joined by whichever is further along.
 */
import { isCanopyError } from '../errors.ts';
import type { Fence, Log, Store } from '../ports/ports.ts';
import { keepAside } from '../record/aside.ts';
import { readEntries } from '../record/entry-list.ts';
import { flag, object } from '../record/fields.ts';
import { openProcessFile, type ProcessFile } from '../shared/files/process-file.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { messageStream, openMessages } from '../store-keys.operate.ts';
import { historyFields, KEEP, recentHistory } from './history.ts';
import { isFurther, openDelivery, slotKey, type OpenDelivery } from './slot.ts';

/** A delivery, and its text in the store; null: it stands here alone. */
export interface HeldSlot {
  readonly key: string;
  readonly slot: OpenDelivery;
  readonly text: string | null;
}

interface KnownDelivery {
  readonly slot: OpenDelivery;
  /** Its end was taken over. */
  readonly closed: boolean;
  /** It stands in the history. */
  readonly told: boolean;
}

/** So many that are closed are remembered: a store that has lost its last writes asks for them again. */
const MOST_CLOSED = 500;
const known = object({ slot: openDelivery.schema, closed: flag, told: flag });

interface BookPorts {
  readonly store: Store;
  readonly log: Log;
}

export class SlotBook {
  readonly #app: string;
  readonly #ports: BookPorts;
  readonly #file: ProcessFile<KnownDelivery> | null;
  /** By id, the newest last. */
  readonly #known = new Map<string, KnownDelivery>();
  #loaded = false;
  #joined = false;
  #failing = false;
  #saving: Promise<boolean> = Promise.resolve(true);

  constructor(app: string, folder: string | null, ports: BookPorts) {
    this.#app = app;
    this.#ports = ports;
    this.#file = folder === null ? null : openFile(folder, ports.log);
  }

  /** What this process knows of one. */
  known(id: string): KnownDelivery | null {
    return this.#known.get(id) ?? null;
  }

  /** Whether the provider's id is that of another message, which has ended. */
  async isOthers(providerId: string, id: string): Promise<boolean> {
    for (const { slot, closed } of this.#known.values())
      if (closed && slot.id !== id && slot.outcome?.providerId === providerId) return true;
    const told = await this.#online(() => recentHistory(this.#ports.store, this.#app));
    return told !== 'away' && told.some((one) => one['providerId'] === providerId && one['id'] !== id);
  }

  /** The delivery that is open at a key; null: none is. */
  async read(key: string): Promise<HeldSlot | null> {
    await this.join();
    const own = this.#openAt(key);
    const stored = await this.#online(() => this.#stored(key));
    if (stored === null || stored === 'away') return own === null ? null : { key, slot: own, text: null };
    return own?.id === stored.slot.id && isFurther(own, stored.slot) ? { ...stored, slot: own } : stored;
  }

  /** All that are open. */
  async all(): Promise<HeldSlot[]> {
    await this.join();
    const stored = await this.#online(() => this.#ports.store.list(openMessages(this.#app)));
    const own = [...this.#known.values()].filter(({ closed }) => !closed).map(({ slot }) => this.key(slot));
    const keys = new Set([...(stored === 'away' ? [] : stored), ...own]);
    const found = await Promise.all([...keys].map((key) => this.read(key)));
    return found.flatMap((one) => (one === null ? [] : [one]));
  }

  /** Writes what is about to be done: null when somebody else was faster, or the fence does not stand any more. */
  async intend(held: HeldSlot | null, next: OpenDelivery, fence: Fence | null): Promise<HeldSlot | null> {
    const key = this.key(next);
    const text = openDelivery.format(next);
    const before = held?.text ?? null;
    const written = await this.#online(() =>
      this.#ports.store.swap(key, before, text, undefined, fence ?? undefined),
    );
    if (written === false) return null;
    const former = this.#known.get(next.id);
    const kept = await this.#keep({ slot: next, closed: false, told: false });
    if (written === 'away' && !kept) {
      // Neither takes it: nobody would know of it after a crash.
      if (former === undefined) this.#known.delete(next.id);
      else this.#known.set(next.id, former);
      return null;
    }
    return { key, slot: next, text: written === 'away' ? before : text };
  }

  /** Writes what is so, wherever that can be written. */
  async note(held: HeldSlot, next: OpenDelivery): Promise<void> {
    await this.#keep({ slot: next, closed: false, told: false });
    const { store } = this.#ports;
    const done = await this.#online(() => store.swap(held.key, held.text, openDelivery.format(next)));
    if (done === false) this.#joined = false;
  }

  /** Into the history, once, and gone. */
  async close(held: HeldSlot): Promise<void> {
    await this.#keep({ slot: held.slot, closed: true, told: false });
    await this.#online(() => this.#tell(held.slot));
  }

  /** Surely not sent, and nobody asks for it any more. */
  async free(held: HeldSlot): Promise<void> {
    if (held.text !== null) await this.#online(() => this.#ports.store.swap(held.key, held.text, null));
    if (this.#known.delete(held.slot.id)) await this.#save();
  }

  /** Brings to the store what it does not have: what was written while it was away, or lost by it. */
  async join(): Promise<void> {
    if (!this.#loaded) {
      this.#loaded = true;
      for (const one of (await this.#file?.load()) ?? []) this.#known.set(one.slot.id, one);
    }
    if (this.#joined) return;
    this.#joined = true;
    for (const one of [...this.#known.values()])
      if (!one.told) await this.#online(() => (one.closed ? this.#tell(one.slot) : this.#bring(one)));
  }

  async #bring(one: KnownDelivery): Promise<void> {
    const key = this.key(one.slot);
    const stored = await this.#stored(key);
    if (stored === null) {
      // Another leader may have brought it to its end.
      if (await this.#isTold(one.slot.id)) await this.#keep({ ...one, closed: true, told: true });
      else await this.#ports.store.swap(key, null, openDelivery.format(one.slot));
    } else if (stored.slot.id === one.slot.id && isFurther(one.slot, stored.slot))
      await this.#ports.store.swap(key, stored.text, openDelivery.format(one.slot));
  }

  async #tell(slot: OpenDelivery): Promise<void> {
    const { store } = this.#ports;
    const stored = await this.#stored(this.key(slot));
    if (!(await this.#isTold(slot.id)))
      await store.append(messageStream(this.#app), historyFields(slot), KEEP);
    if (stored?.slot.id === slot.id) await store.swap(stored.key, stored.text, null);
    await this.#keep({ slot, closed: true, told: true });
  }

  async #isTold(id: string): Promise<boolean> {
    return (await recentHistory(this.#ports.store, this.#app)).some((one) => one['id'] === id);
  }

  /** What nobody of ours can have written is told and put aside. */
  async #stored(key: string): Promise<{ key: string; slot: OpenDelivery; text: string } | null> {
    const { store, log } = this.#ports;
    const text = await store.get(key);
    if (text === null) return null;
    const parsed = openDelivery.parse(text);
    if (parsed.ok && this.key(parsed.value) === key) return { key, slot: parsed.value, text };
    const reason = parsed.ok ? 'it stands at another key than its own' : parsed.reason;
    const aside = await keepAside(store, key, text);
    await store.swap(key, text, null);
    log.warn(
      `${key} is no delivery of ours (${reason}): nothing was sent because of it; it is kept at ${aside}`,
    );
    return null;
  }

  #openAt(key: string): OpenDelivery | null {
    for (const { slot, closed } of this.#known.values()) if (!closed && this.key(slot) === key) return slot;
    return null;
  }

  key(slot: Pick<OpenDelivery, 'by' | 'address'>): string {
    return slotKey(this.#app, slot);
  }

  /** Without a disk a store that is away is an error. */
  async #online<T>(work: () => Promise<T>): Promise<T | 'away'> {
    try {
      return await work();
    } catch (error) {
      if (!isCanopyError(error) || this.#file === null) throw error;
      if (this.#joined) this.#ports.log.warn(`messages are kept on the disk: ${error.message}`);
      this.#joined = false;
      return 'away';
    }
  }

  #keep(one: KnownDelivery): Promise<boolean> {
    this.#known.delete(one.slot.id);
    this.#known.set(one.slot.id, one);
    const over = [...this.#known.values()].filter(({ told }) => told);
    for (const { slot } of over.slice(0, -MOST_CLOSED)) this.#known.delete(slot.id);
    return this.#save();
  }

  /** One write at a time; false: the disk does not take it. */
  #save(): Promise<boolean> {
    const file = this.#file;
    if (file === null) return Promise.resolve(false);
    this.#saving = this.#saving.then(() =>
      file.save([...this.#known.values()]).then(
        () => {
          this.#failing = false;
          return true;
        },
        (error: unknown) => {
          if (!this.#failing)
            this.#ports.log.warn(`messages cannot be kept on the disk: ${messageOf(error)}`);
          this.#failing = true;
          return false;
        },
      ),
    );
    return this.#saving;
  }
}

const openFile = (folder: string, log: Log): ProcessFile<KnownDelivery> =>
  openProcessFile({
    folder,
    prefix: 'messages',
    what: 'messages that were on their way',
    nameOf: ({ slot }) => slot.id,
    format: (entries) => JSON.stringify(entries),
    parse: (text) => readEntries(known, text, 10_000_000),
    warn: (said) => log.warn(said),
  });
