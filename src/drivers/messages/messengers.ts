/** Who carries a message, by the word of `by`; each package is loaded when its kind of message is first sent. */
import type { MessagesConfig } from '../../config/types.ts';
import type { Messenger } from '../../ports/ports.ts';
import { lookUp } from '../../shared/look-up.ts';

/** Null: canopy.yml names nobody for it. */
export async function openMessenger(config: MessagesConfig, by: string): Promise<Messenger | null> {
  const { mail, twilio, webhooks } = config;
  if (by === 'call' || by === 'sms') {
    if (twilio === null) return null;
    const { openCalls, openSms } = await import('./twilio.ts');
    return by === 'call' ? openCalls(twilio) : openSms(twilio);
  }
  if (by === 'mail') return mail && (await import('./mail.ts')).openMail(mail);
  const webhook = lookUp(webhooks, by);
  return webhook === undefined ? null : (await import('./webhook.ts')).openWebhook(webhook);
}
