/** Who is reached by what: addresses of canopy.yml, taken when a message goes. */
import type { Config } from '../config/types.ts';
import type { Messenger } from '../ports/messenger.ts';
import { lookUp } from '../shared/look-up.ts';
import type { MessageChannel } from './settling.ts';

type ChannelConfig = Pick<Config, 'people' | 'messages'>;

/** `messengerOf`: who carries what goes by `call`, `sms`, `mail` or a webhook's name. Null: canopy.yml has nothing to reach them so. */
export function channelOf(
  { people, messages }: ChannelConfig,
  person: string,
  by: string,
  messengerOf: (by: string) => Messenger,
): MessageChannel | null {
  const found = lookUp(people, person);
  switch (by) {
    case 'call':
    case 'sms':
      if (messages.twilio === null || !found?.phone) return null;
      return { messenger: messengerOf(by), to: found.phone, from: messages.twilio.from };
    case 'mail':
      if (messages.mail === null || !found?.mail) return null;
      return { messenger: messengerOf(by), to: found.mail, from: null };
    default:
      if (lookUp(messages.webhooks, by) === undefined) return null;
      return { messenger: messengerOf(by), to: by, from: null };
  }
}

/** A provider that is opened with the first message. */
export function lateMessenger(open: () => Promise<Messenger | null>): Messenger {
  return {
    // Nobody knows yet: then it is looked up before anything is sent again.
    idempotent: false,
    send: async (message, limit) =>
      (await (await open())?.send(message, limit)) ?? {
        is: 'refused',
        reason: 'canopy.yml has no provider for it',
      },
    find: async (trace) =>
      (await (await open())?.find(trace)) ?? { is: 'unknown', reason: 'canopy.yml has no provider for it' },
  };
}
