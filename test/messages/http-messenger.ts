import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Found, Messenger, Sent } from '../../src/ports/ports.ts';

/** Sends by HTTP to the provider of the tests, with a point before and after the request. */
export function httpMessenger(url: string, at: (point: string) => void): Messenger {
  return {
    idempotent: false,
    async send({ to, visible, text: body }, { timeoutMs, sendBy = Number.POSITIVE_INFINITY }): Promise<Sent> {
      at('before the request');
      const sent = await ask(`${url}/messages`, timeoutMs, { to, visible, text: body }, sendBy, at);
      at('after the request');
      if (typeof sent === 'string')
        return /ECONNREFUSED|its time/.test(sent)
          ? { is: 'later', reason: sent, afterMs: null }
          : { is: 'uncertain', reason: sent };
      if (sent.status === 429) return { is: 'later', reason: 'too many requests', afterMs: 100 };
      if (sent.status >= 500) return { is: 'uncertain', reason: `answered ${sent.status}` };
      if (sent.status >= 400) return { is: 'refused', reason: `answered ${sent.status}` };
      return { is: 'accepted', providerId: sent.body };
    },
    async find({ to, visible }): Promise<Found> {
      const found = await ask(`${url}/messages?${new URLSearchParams({ to, visible })}`, 1000);
      if (typeof found === 'string') return { is: 'unknown', reason: found };
      if (found.status !== 200) return { is: 'unknown', reason: `answered ${found.status}` };
      return found.body === ''
        ? { is: 'absent' }
        : { is: 'sent', providerId: found.body, outcome: 'accepted' };
    },
  };
}

/** The answer, or why there is none. */
function ask(
  url: string,
  timeoutMs: number,
  body?: object,
  sendBy = Number.POSITIVE_INFINITY,
  at: (point: string) => void = () => undefined,
): Promise<{ readonly status: number; readonly body: string } | string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    // The connection first: when it stands the time is looked at once more, and the request written in the same turn.
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (why: string): void => {
      socket.destroy();
      resolve(why);
    };
    const timer = setTimeout(() => end('no answer in time'), timeoutMs);
    socket.once('close', () => clearTimeout(timer));
    socket.once('error', (error) => end(String(error)));
    socket.once('connect', () => {
      at('before the request is written');
      if (Date.now() >= sendBy) return end('its time was over');
      const options = {
        headers: { connection: 'close', 'x-pid': String(process.pid) },
        method: body === undefined ? 'GET' : 'POST',
        createConnection: () => socket,
      };
      const sent = request(url, options, (answer) => {
        text(answer).then(
          (said) => resolve({ status: answer.statusCode ?? 0, body: said }),
          (error: unknown) => end(String(error)),
        );
      });
      sent.once('error', (error) => end(String(error)));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
}
