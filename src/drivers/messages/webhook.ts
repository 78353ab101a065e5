/** Webhooks: one POST, and what its answer means. The URL is a secret as a whole: nothing of it stands in any text. */
import { createHmac } from 'node:crypto';
import type { WebhookConfig } from '../../config/types.ts';
import type { Messenger, OutgoingMessage, Sent } from '../../ports/ports.ts';
import { requestOnce, retryAfterMs } from './message-request.ts';

type WebhookMessage = Pick<OutgoingMessage, 'id' | 'visible' | 'to' | 'subject' | 'text' | 'incident'>;

/**
 * Nobody can be asked what has become of a message. The reader of `json` drops a second one by its id; in a chat one is seen, which
 * is better than none.
 */
export const openWebhook = (config: WebhookConfig): Messenger => ({
  idempotent: false,
  send: (message, { timeoutMs }) => post(config, message, timeoutMs),
  find: async () => ({ is: 'unknown', reason: 'a webhook does not tell what it has taken' }),
});

function bodyOf(
  format: WebhookConfig['format'],
  { id, visible, to, subject, text, incident }: WebhookMessage,
) {
  if (format === 'json') return JSON.stringify({ id, visible, to, incident, subject, text });
  // Of Slack's own signs these three alone make links, mentions and alarms.
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return JSON.stringify({ text: plain });
}

async function post({ url, format, secret }: WebhookConfig, message: OutgoingMessage, timeoutMs: number) {
  const body = bodyOf(format, message);
  const headers = {
    'content-type': 'application/json',
    ...(secret === null ? {} : { 'x-canopy-signature': `sha256=${signature(secret.reveal(), body)}` }),
  };
  const asked = { method: 'POST', headers, body, timeoutMs, most: 0 };
  const done = await requestOnce(new URL(url.reveal()), asked);
  if (done.is === 'unanswered') return done.sent;
  const { status, headers: answered } = done.answer;
  return sentByStatus(status, retryAfterMs(answered['retry-after'], Date.now()), message.id);
}

const signature = (secret: string, body: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');

/**
 * A 5xx may come from a proxy behind which it was taken: nothing says that it was not, neither of Slack nor of others. With
 * Retry-After a 503 says that it was not looked at.
 */
export function sentByStatus(status: number, afterMs: number | null, id: string): Sent {
  const reason = `it answers ${status}`;
  if (status >= 200 && status < 300) return { is: 'accepted', providerId: id };
  if ([408, 425, 429].includes(status) || (status === 503 && afterMs !== null))
    return { is: 'later', reason, afterMs };
  if (status >= 500) return { is: 'uncertain', reason };
  return {
    is: 'refused',
    reason: status >= 300 && status < 400 ? `${reason}: redirects are not followed` : reason,
  };
}
