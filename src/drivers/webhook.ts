/** Webhooks: one POST, and what its answer means. The URL is a secret as a whole: nothing of it stands in any text. */
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import type { WebhookConfig } from '../config/types.ts';
import type { Messenger, OutgoingMessage, Sent } from '../ports/ports.ts';
import { MessageSocket, nameOf, TOO_LATE } from './message-socket.ts';

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

function post({ url: hidden, format, secret }: WebhookConfig, message: OutgoingMessage, timeoutMs: number) {
  const url = new URL(hidden.reveal());
  const body = Buffer.from(bodyOf(format, message));
  const { username, password } = url;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const headers = {
    host: url.host,
    'user-agent': 'canopy',
    'content-type': 'application/json',
    'content-length': body.length,
    connection: 'close',
    ...(username === '' ? {} : { authorization: `Basic ${login.toString('base64')}` }),
    ...(secret === null ? {} : { 'x-canopy-signature': `sha256=${signature(secret.reveal(), body)}` }),
  };
  return new Promise<Sent>((resolve) => {
    const isTls = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const connection = new MessageSocket({ host, port: Number(url.port) || (isTls ? 443 : 80) }, timeoutMs);
    const fail = (why: unknown): void => end(connection.broken(why));
    const end = (sent: Sent): void => {
      connection.cut();
      resolve(sent);
    };
    connection.onLate(end);
    connection.raw.on('error', fail);
    const socket = isTls ? tlsConnect({ socket: connection.raw, host, ...nameOf(host) }) : connection.raw;
    socket.on('error', fail).once('close', () => fail('the connection was closed'));
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if (!connection.begin()) return fail(TOO_LATE);
      const path = `${url.pathname}${url.search}`;
      const asked = httpRequest({ method: 'POST', path, headers, createConnection: () => socket });
      asked.on('error', fail).on('response', ({ statusCode = 0, headers: answered }) => {
        connection.done();
        socket.destroy();
        resolve(sentByStatus(statusCode, retryAfterMs(answered['retry-after'], Date.now()), message.id));
      });
      asked.end(body);
    });
  });
}

const signature = (secret: string, body: Buffer): string =>
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

/** Seconds, or a date; null for what is neither. */
export function retryAfterMs(written: string | undefined, now: number): number | null {
  if (written === undefined) return null;
  if (/^\s*\d{1,9}\s*$/.test(written)) return Number(written) * 1000;
  const at = /^\s*[A-Z][a-z]{2}/.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
