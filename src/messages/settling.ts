/** What becomes of a delivery that may have been sent: it is looked up, by whoever comes to it. */
import type { Clock, Found, Log, Messenger } from '../ports/ports.ts';
import { messageOf } from '../shared/text/thrown.ts';
import { withTimeout } from '../shared/time.ts';
import { ABANDONED_MS, afterFound, nextStep, uncertain, windowMs } from './decide.ts';
import { addressHash, type DeliveryOutcome, type OpenDelivery } from './slot.ts';
import type { HeldSlot, SlotBook } from './slot-book.ts';

/** How a message gets to a person, as canopy.yml says now. */
export interface MessageChannel {
  readonly messenger: Messenger;
  readonly to: string;
  /** The number that calls and writes; null: none. */
  readonly from: string | null;
}

interface SettlingSetup {
  /** Null: canopy.yml has none. */
  readonly channel: (person: string, by: string) => MessageChannel | null;
  /** Whether this process may write now. */
  readonly may: () => boolean;
  readonly book: SlotBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** So far the clock of a provider may be from ours. */
const CLOCKS_APART_MS = 60_000;

interface Sighting {
  readonly stands: string;
  readonly since: number;
  looks: number;
  lookAt: number;
}

export class Settling {
  readonly #setup: SettlingSetup;
  /** Since when each slot has stood as it does, by this clock. */
  readonly #seen = new Map<string, Sighting>();

  constructor(setup: SettlingSetup) {
    this.#setup = setup;
  }

  readonly ended = (end: Omit<DeliveryOutcome, 'at'>): DeliveryOutcome => ({
    ...end,
    at: this.#setup.clock.now(),
  });

  /** Writes how it stands now. */
  async note(
    held: HeldSlot,
    change: { outcome: Omit<DeliveryOutcome, 'at'> } | { waiting: OpenDelivery['waiting'] },
  ): Promise<DeliveryOutcome | null> {
    const outcome = 'outcome' in change ? this.ended(change.outcome) : null;
    const waiting = 'waiting' in change ? change.waiting : null;
    if (waiting !== null) this.#setup.log.warn(`${held.slot.by} to ${held.slot.person}: ${waiting.why}`);
    const slot = { ...held.slot, waiting, outcome };
    await this.#setup.book.note(held, slot);
    this.seenMs({ ...held, slot });
    return outcome;
  }

  /** Asks the provider what has become of it: `absent`: surely not sent; `again`: nobody knows, and a double does no harm; null: not known yet. */
  async look(
    held: HeldSlot,
    { messenger, to }: MessageChannel,
  ): Promise<OpenDelivery | 'absent' | 'again' | null> {
    const { slot } = held;
    const { book, clock, log } = this.#setup;
    const seen = this.#sighting(held);
    if (clock.now() < seen.lookAt) return null;
    const { id, visible, since, timeoutMs } = slot;
    const notBefore = Math.max(0, since - CLOCKS_APART_MS);
    const found = await inTime<Found>(
      () => messenger.find({ id, visible, to, notBefore }),
      timeoutMs,
      (reason) => ({ is: 'unknown', reason }),
    );
    const isOthers = found.is === 'sent' && (await book.isOthers(found.providerId, id));
    const after = afterFound(isOthers ? { is: 'absent' } : found, slot, (seen.looks += 1));
    if (typeof after === 'string') return after;
    if ('outcome' in after) return { ...slot, outcome: await this.note(held, after) };
    seen.lookAt = clock.now() + after.lookInMs;
    if (seen.looks === 1 && found.is === 'unknown')
      log.warn(
        `${slot.by} to ${slot.person}: the provider does not tell whether it was sent: ${found.reason}`,
      );
    return null;
  }

  /** The address is another one by now, or none. */
  async moved(held: HeldSlot): Promise<DeliveryOutcome | null> {
    const { slot } = held;
    const step = nextStep(slot, this.seenMs(held), false);
    if (step === 'done') return slot.outcome;
    if (slot.waiting !== null) return this.#free(held);
    if (step === 'wait') return null;
    const why = `the address of ${slot.person} has changed since: whether it went to the old one is not known`;
    return this.note(held, { outcome: uncertain(why) });
  }

  async #free(held: HeldSlot): Promise<null> {
    await this.#setup.book.free(held);
    return null;
  }

  /** What can be learnt of a delivery without being asked for it. One that was surely not sent, and for which nobody comes back, goes. */
  async settle(held: HeldSlot): Promise<OpenDelivery | null> {
    const { slot } = held;
    const channel = this.#setup.channel(slot.person, slot.by);
    const seenMs = this.seenMs(held);
    const step = nextStep(slot, seenMs, false);
    if (step === 'done' || step === 'wait' || !this.#setup.may()) return slot;
    const isAbandoned = seenMs >= ABANDONED_MS + (slot.waiting?.afterMs ?? windowMs(slot));
    if (slot.waiting !== null) return isAbandoned ? this.#free(held) : slot;
    if (channel === null || addressHash(channel.to) !== slot.address)
      return { ...slot, outcome: await this.moved(held) };
    const next = channel.messenger.idempotent ? 'again' : await this.look(held, channel);
    if (next === null || typeof next === 'object') return next ?? slot;
    if (!isAbandoned) return slot;
    if (next === 'absent') return this.#free(held);
    const why = 'whether it was sent is not known, and nobody has come back to it';
    return { ...slot, outcome: await this.note(held, { outcome: uncertain(why) }) };
  }

  #sighting({ key, slot }: HeldSlot): Sighting {
    const { id, tries, waiting, writtenAt } = slot;
    const stands = `${id} ${tries} ${writtenAt} ${waiting === null ? '' : 'waits'}`;
    const before = this.#seen.get(key);
    if (before?.stands === stands) return before;
    const first = { stands, since: this.#setup.clock.now(), looks: 0, lookAt: 0 };
    this.#seen.set(key, first);
    return first;
  }

  /** So long it has stood as it does, for all that this process knows. */
  seenMs(held: HeldSlot): number {
    return this.#setup.clock.now() - this.#sighting(held).since;
  }
}

/** What is thrown, or is not there in time, becomes the answer `or` makes of it. */
export async function inTime<T>(
  work: () => Promise<T>,
  limitMs: number,
  or: (reason: string) => T,
): Promise<T> {
  try {
    return await withTimeout(work(), limitMs);
  } catch (error) {
    return or(messageOf(error));
  }
}
