/**
 * The outbox of messages: each goes once, none is lost. It is written before the provider is asked and after; what is in
 * between when a process dies is looked up at the provider before anything is sent again. decide.ts decides.
 */
import { isCanopyError } from '../errors.ts';
import type { Clock, Fence, Log, OutgoingMessage, Sent, Store } from '../ports/ports.ts';
import { afterSent, failed, nextStep } from './decide.ts';
import { claimFrom } from './from-number.ts';
import { inTime, Settling, type MessageChannel } from './settling.ts';
import { addressHash, slotKey, type DeliveryOutcome, type OpenDelivery } from './slot.ts';
import { SlotBook, type HeldSlot } from './slot-book.ts';

export interface MessageOrder extends Pick<OpenDelivery, 'id' | 'person' | 'by' | 'level' | 'incident'> {
  readonly message: Pick<OutgoingMessage, 'visible' | 'subject' | 'text' | 'html' | 'keys'>;
}

interface OutboxSetup {
  readonly app: string;
  /** What is on its way stands there too; null: in the store alone. */
  readonly stateDir: string | null;
  /** Null: canopy.yml has none. */
  readonly channel: (person: string, by: string) => MessageChannel | null;
  /** The lease under which this process may tell; null: it may not now. */
  readonly fence?: () => Fence | null;
  /** Takes over the end of a delivery that nobody has asked for, and closes it. */
  readonly onSettled: (slot: OpenDelivery) => Promise<void>;
  /** So long after it was written a message may be sent. */
  readonly sendWithinMs?: number;
  /** So long a provider has for its answer. */
  readonly timeoutMs?: number;
}

interface OutboxPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export class Outbox {
  readonly #setup: OutboxSetup;
  readonly #ports: OutboxPorts;
  readonly #book: SlotBook;
  readonly #settling: Settling;
  /** Keys at which something is being done. */
  readonly #busy = new Set<string>();
  /** Where each delivery was last seen: its address may be another one by now. */
  readonly #places = new Map<string, string>();
  #listed = false;

  constructor(setup: OutboxSetup, ports: OutboxPorts) {
    this.#setup = setup;
    this.#ports = ports;
    const book = new SlotBook(setup.app, setup.stateDir, ports);
    this.#book = book;
    const may = (): boolean => this.#fence() !== 'none';
    this.#settling = new Settling({ channel: setup.channel, may, book, ...ports });
  }

  /** Sends it, once, however often and by however many this is asked. Null: it has not ended yet, ask again. */
  async deliver(order: MessageOrder): Promise<DeliveryOutcome | null> {
    if (this.#fence() === 'none') return null;
    if (!this.#listed) await this.recover();
    const done = this.#book.known(order.id)?.slot.outcome ?? null;
    if (done !== null) return done;
    const channel = this.#setup.channel(order.person, order.by);
    const address = addressHash(channel?.to ?? '');
    const own = slotKey(this.#setup.app, { by: order.by, address });
    const key = this.#places.get(order.id) ?? own;
    return this.#alone(key, async () => {
      const held = await this.#read(key);
      if (held?.slot.id === order.id) {
        const moved = key !== own || channel === null;
        return moved ? this.#settling.moved(held) : this.#go(order, channel, held);
      }
      if (held !== null) await this.#yield(held);
      else if (key !== own) this.#places.delete(order.id);
      else if (channel === null)
        return this.#settling.ended(failed(`canopy.yml has nothing to reach ${order.person} by ${order.by}`));
      else return this.#begin(order, channel);
      return null;
    });
  }

  /** The end of a delivery was taken over: it goes into the history, and the next one may go. May be done twice. */
  async close({ id, person, by }: Pick<OpenDelivery, 'id' | 'person' | 'by'>): Promise<void> {
    const to = this.#setup.channel(person, by)?.to ?? '';
    const key = this.#places.get(id) ?? slotKey(this.#setup.app, { by, address: addressHash(to) });
    const known = this.#book.known(id);
    if (known?.closed === true) return;
    const read = await this.#book.read(key);
    const held = read?.slot.id === id ? read : known === null ? null : { key, slot: known.slot, text: null };
    if (held === null || held.slot.outcome === null) return;
    await this.#book.close(held);
    this.#places.delete(id);
  }

  /** Every open delivery, with its end where that could be learnt: to be taken over and closed. For the beginning of a term, and now and then. */
  async recover(): Promise<readonly OpenDelivery[]> {
    const all = await this.#book.all();
    this.#listed = true;
    for (const { key, slot } of all) this.#places.set(slot.id, key);
    const settled = await Promise.all(
      all.map((held) => this.#alone(held.key, () => this.#settling.settle(held))),
    );
    return all.map(({ slot }, at) => settled[at] ?? slot);
  }

  async #read(key: string): Promise<HeldSlot | null> {
    const held = await this.#book.read(key);
    if (held !== null) this.#places.set(held.slot.id, key);
    return held;
  }

  async #alone<T>(key: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#busy.has(key)) return null;
    this.#busy.add(key);
    try {
      return await work();
    } finally {
      this.#busy.delete(key);
    }
  }

  /** The lease; null: none is needed; `none`: it is not ours. */
  #fence(): Fence | null | 'none' {
    const { fence } = this.#setup;
    return fence === undefined ? null : (fence() ?? 'none');
  }

  async #begin(order: MessageOrder, channel: MessageChannel): Promise<DeliveryOutcome | null> {
    try {
      if (channel.from !== null) await claimFrom(this.#setup.app, channel.from, this.#ports.store);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      if (error.code === 'message-from') return this.#settling.ended(failed(error.message));
      // The store is away: it will be claimed with the next message.
      if (this.#setup.stateDir === null) throw error;
    }
    return this.#send(order, channel, null);
  }

  /** One of ours, on its way. */
  async #go(order: MessageOrder, channel: MessageChannel, held: HeldSlot): Promise<DeliveryOutcome | null> {
    const { slot } = held;
    const step = nextStep(slot, this.#settling.seenMs(held), channel.messenger.idempotent);
    if (step === 'done') return slot.outcome;
    if (step === 'send') return this.#send(order, channel, held);
    if (step === 'wait') return null;
    const next = await this.#settling.look(held, channel);
    return typeof next === 'string' ? this.#send(order, channel, held) : (next?.outcome ?? null);
  }

  async #send(
    order: MessageOrder,
    { messenger, to }: MessageChannel,
    held: HeldSlot | null,
  ): Promise<DeliveryOutcome | null> {
    const { clock, log } = this.#ports;
    const { sendWithinMs = 5000, timeoutMs = 10_000 } = this.#setup;
    const { message, id, person, by, level, incident } = order;
    const now = clock.now();
    const intent: OpenDelivery = {
      ...{ id, visible: message.visible, person, by, level, incident },
      ...{ address: addressHash(to), since: held?.slot.since ?? now },
      ...{ writtenAt: now, sendBy: now + sendWithinMs, timeoutMs, tries: (held?.slot.tries ?? 0) + 1 },
      ...{ waiting: null, outcome: null },
    };
    const fence = this.#fence();
    const written = fence === 'none' ? null : await this.#book.intend(held, intent, fence);
    if (written === null) return null;
    this.#settling.seenMs(written);
    // In the same turn: a process that was stopped in between finds its time gone.
    const sent: Sent =
      clock.now() < intent.sendBy
        ? await inTime<Sent>(
            () => messenger.send({ id, to, incident, ...message }, { timeoutMs, sendBy: intent.sendBy }),
            timeoutMs,
            (reason) => ({ is: 'uncertain', reason }),
          )
        : { is: 'later', reason: 'its time to be sent was over', afterMs: null };
    this.#places.set(id, written.key);
    const change = afterSent(sent, intent.tries);
    if ('uncertain' in change) {
      log.warn(
        `${by} to ${person}: whether it was sent is not known (${change.uncertain}); it will be looked up`,
      );
      return null;
    }
    return this.#settling.note(written, change);
  }

  /** Another delivery has the slot: once its end is known it makes room. */
  async #yield(held: HeldSlot): Promise<void> {
    const slot = await this.#settling.settle(held);
    if (slot !== null && slot.outcome !== null) await this.#setup.onSettled(slot);
  }
}
