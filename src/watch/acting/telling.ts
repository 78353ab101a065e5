/** What the outbox is given of an incident, and what it gives back. */
import type { Config } from '../../config/types.ts';
import type { Delivery, Incident } from '../../incidents/index.ts';
import {
  Outbox,
  type DeliveryOutcome,
  type MessageChannel,
  type MessageOrder,
  type OpenDelivery,
} from '../../messages/index.ts';
import type { Clock, Fence, Log, Store } from '../../ports/ports.ts';
import type { Delivered } from '../engine/watcher.ts';

/** Writes the text of one delivery. */
export type WriteText = (incident: Incident, delivery: Delivery) => MessageOrder['message'];

interface TellingSetup {
  readonly config: Config;
  readonly stateDir: string;
  readonly channel: (person: string, by: string) => MessageChannel | null;
  readonly text: WriteText;
  readonly fence: () => Fence | null;
  /** Writes the end of a delivery into its incident. */
  readonly taken: (incident: string, key: string, done: Delivered) => Promise<void>;
}

export class Telling {
  readonly #outbox: Outbox;
  readonly #setup: TellingSetup;

  constructor(
    setup: TellingSetup,
    ports: { readonly store: Store; readonly clock: Clock; readonly log: Log },
  ) {
    const { config, stateDir, channel, fence } = setup;
    this.#setup = setup;
    this.#outbox = new Outbox(
      { app: config.app, stateDir, channel, fence, onSettled: (slot) => this.#take(slot) },
      ports,
    );
  }

  async deliver(incident: Incident, delivery: Delivery): Promise<Delivered | null> {
    const { to, by, level, key } = delivery;
    const done = await this.#outbox.deliver({
      id: idOf(incident.id, key),
      person: to,
      by,
      level,
      incident: incident.id,
      message: this.#setup.text(incident, delivery),
    });
    return done === null ? null : deliveredOf(done);
  }

  close(incident: Incident, { to, by, key }: Delivery): Promise<void> {
    return this.#outbox.close({ id: idOf(incident.id, key), person: to, by });
  }

  /** What a former leader may have sent, and nobody has taken over yet. */
  async recover(): Promise<void> {
    for (const slot of await this.#outbox.recover()) if (slot.outcome !== null) await this.#take(slot);
  }

  async #take(slot: OpenDelivery): Promise<void> {
    const { incident, outcome } = slot;
    const key = incident === null ? null : keyOf(incident, slot.id);
    if (incident !== null && key !== null && outcome !== null)
      await this.#setup.taken(incident, key, deliveredOf(outcome));
    await this.#outbox.close(slot);
  }
}

const deliveredOf = ({ is, providerId, why }: DeliveryOutcome): Delivered => ({
  outcome: is,
  providerId,
  why,
});
const idOf = (incident: string, key: string): string => `${incident}.${key}`;
const keyOf = (incident: string, id: string): string | null =>
  id.startsWith(`${incident}.`) ? id.slice(incident.length + 1) : null;
