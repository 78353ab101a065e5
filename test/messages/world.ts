import {
  Outbox,
  type DeliveryOutcome,
  type MessageChannel,
  type MessageOrder,
  type OpenDelivery,
} from '../../src/messages/index.ts';
import type { Fence, Messenger, Store } from '../../src/ports/ports.ts';
import { fakeClock, type FakeClock } from '../fakes/clock.ts';
import { fakeStore, type FakeStore } from '../fakes/store.ts';
import { quietLog } from '../support/quiet-log.ts';

export const order = (id = 'i-abcdefgh.1.0.ann.sms', person = 'ann', by = 'sms'): MessageOrder => ({
  ...{ id, person, by, level: 1, incident: 'i-abcdefgh' },
  message: { visible: id.split('.').slice(0, 2).join('.'), subject: 'down', text: `site is down ${id}` },
});

export interface OutboxWorld {
  readonly clock: FakeClock;
  readonly store: FakeStore;
  readonly log: ReturnType<typeof quietLog>;
  /** Numbers and addresses by person. */
  readonly phones: Record<string, string>;
  /** Another process of the same application, or of another. */
  open(more?: OpenOptions): Outbox;
  /** Asks every second until it has ended, as the watcher does. */
  ended(outbox: Outbox, order: MessageOrder, seconds?: number): Promise<DeliveryOutcome | null>;
}

interface OpenOptions {
  readonly app?: string;
  readonly store?: Store;
  readonly stateDir?: string;
  readonly fence?: () => Fence | null;
}

export function outboxWorld(messenger: Messenger): OutboxWorld {
  const clock = fakeClock();
  const store = fakeStore(clock);
  const log = quietLog();
  const phones: Record<string, string> = {
    ann: '+491700000001',
    bob: '+491700000001',
    carl: '+491700000003',
  };
  return {
    ...{ clock, store, log, phones },
    open: ({ app = 'shop', stateDir = null, fence, ...more } = {}) => {
      const outbox: Outbox = new Outbox(
        {
          ...{ app, stateDir },
          ...(fence === undefined ? {} : { fence }),
          channel: (person): MessageChannel | null => {
            const to = phones[person];
            return to === undefined ? null : { messenger, to, from: '+15550100' };
          },
          onSettled: (slot: OpenDelivery) => outbox.close(slot),
        },
        { store: more.store ?? store, clock, log },
      );
      return outbox;
    },
    ended: async (outbox, asked, seconds = 600) => {
      for (let second = 0; second < seconds; second += 1) {
        const found = await outbox.deliver(asked);
        if (found !== null) return found;
        await clock.advance(1000);
      }
      return null;
    },
  };
}

export class Died extends Error {}

/** A store whose client dies before or after its n-th change. */
export function mortal(store: Store, dies: { readonly at: number; readonly before: boolean }): Store {
  let changes = 0;
  let dead = false;
  return new Proxy(store, {
    get: (target, name) => {
      const real = Reflect.get(target, name) as unknown;
      if (typeof real !== 'function') return real;
      return async (...given: unknown[]) => {
        if (dead) throw new Died();
        const counts = name === 'swap' || name === 'set' || name === 'append';
        if (counts && (changes += 1) === dies.at) {
          dead = true;
          if (!dies.before) await (real as (...all: unknown[]) => Promise<unknown>).apply(target, given);
          throw new Died();
        }
        return (real as (...all: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}
