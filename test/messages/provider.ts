import type { Found, Messenger, OutgoingMessage, Sent } from '../../src/ports/ports.ts';

/** What a provider does with a message. */
export type Manner =
  | 'answers'
  /** It takes it, and nobody hears of that. */
  | 'accepts and resets'
  /** It takes nothing, and nobody hears of that either. */
  | 'loses'
  | 'busy'
  | 'refuses'
  | 'throws';

export interface FakeProvider extends Messenger {
  /** What it has carried out. */
  readonly carried: {
    readonly id: string;
    readonly to: string;
    readonly visible: string;
    providerId: string;
  }[];
  readonly asked: { sends: number; finds: number };
  /** What it does next, the last one for ever. */
  manners: Manner[];
  /** What `find` says in place of looking. */
  tells: Found | null;
  /** Hears each message before anything becomes of it. */
  onSend: (message: OutgoingMessage) => void | Promise<void>;
}

/** A provider that knows a call by its number and an SMS by its body, as the real ones do. */
export function fakeProvider(manners: Manner[] = ['answers'], idempotent = false): FakeProvider {
  const carried: FakeProvider['carried'] = [];
  const asked = { sends: 0, finds: 0 };
  const answer: Record<Manner, (providerId: () => string) => Sent> = {
    answers: (take) => ({ is: 'accepted', providerId: take() }),
    'accepts and resets': (take) => (take(), { is: 'uncertain', reason: 'the connection was lost' }),
    loses: () => ({ is: 'uncertain', reason: 'the connection was lost' }),
    busy: () => ({ is: 'later', reason: 'too many requests', afterMs: 2500 }),
    refuses: () => ({ is: 'refused', reason: 'no such number' }),
    throws: (take) => {
      take();
      throw new Error('a defect of a driver');
    },
  };
  const provider: FakeProvider = {
    idempotent,
    carried,
    asked,
    manners,
    tells: null,
    onSend: () => undefined,
    async send(message) {
      asked.sends += 1;
      await provider.onSend(message);
      const manner = provider.manners.length > 1 ? provider.manners.shift() : provider.manners[0];
      return answer[manner ?? 'answers'](() => {
        const before = idempotent ? carried.find(({ id }) => id === message.id) : undefined;
        if (before !== undefined) return before.providerId;
        const { id, to, visible } = message;
        carried.push({ id, to, visible, providerId: `P${carried.length + 1}` });
        return `P${carried.length}`;
      });
    },
    async find({ to, visible }) {
      asked.finds += 1;
      if (provider.tells !== null) return provider.tells;
      const found = carried.findLast((one) => one.to === to && one.visible === visible);
      return found === undefined
        ? { is: 'absent' }
        : { is: 'sent', providerId: found.providerId, outcome: 'accepted' };
    },
  };
  return provider;
}
