/** Who carries a message, by its means: each driver is loaded with the first message that goes by it. */
import type { Config, MessagesConfig } from '../config/types.ts';
import type { Messenger } from '../ports/messenger.ts';
import { lookUp } from '../shared/look-up.ts';

type OpenMessenger = () => Promise<Messenger>;

/** `config` is read when the first message goes. */
export const messengersOf =
  (config: () => Promise<Config>) =>
  (by: string): Messenger =>
    lateMessenger(by, async () => (await config()).messages);

function lateMessenger(by: string, config: () => Promise<MessagesConfig>): Messenger {
  let opened: Promise<Messenger> | null = null;
  const open = (): Promise<Messenger> => (opened ??= config().then((found) => driverOf(by, found)()));
  return {
    idempotent: false,
    send: async (message, limit) => (await open()).send(message, limit),
    find: async (trace) => (await open()).find(trace),
  };
}

function driverOf(by: string, { mail, webhooks }: MessagesConfig): OpenMessenger {
  if (by === 'mail' && mail !== null) return async () => (await import('./mail.ts')).openMail(mail);
  const webhook = lookUp(webhooks, by);
  if (webhook !== undefined) return async () => (await import('./webhook.ts')).openWebhook(webhook);
  return async () => ({
    idempotent: false,
    send: async () => ({ is: 'refused', reason: `${by} cannot be sent by this version` }),
    find: async () => ({ is: 'absent' }),
  });
}
