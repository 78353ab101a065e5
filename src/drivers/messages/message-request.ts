/** One HTTP request on a connection of its own, sent at most once: what is known of it when no answer comes. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import type { HttpAnswer, Sent } from '../../ports/ports.ts';
import { headOf, readAnswer } from '../http.ts';
import { MessageSocket, nameOf, TOO_LATE } from './message-socket.ts';

interface OneRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Bytes of the answer that are read; 0: its head is all that is wanted. */
  readonly most: number;
}

export type Requested =
  | { readonly is: 'answered'; readonly answer: HttpAnswer }
  /** `later`, `refused` or `uncertain`. */
  | { readonly is: 'unanswered'; readonly sent: Sent };

export function requestOnce(
  url: URL,
  { method, body, timeoutMs, most, ...asked }: OneRequest,
): Promise<Requested> {
  const { username, password } = url;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const headers = {
    ...{ host: url.host, 'user-agent': 'canopy', connection: 'close' },
    'content-length': Buffer.byteLength(body),
    ...(username === '' ? {} : { authorization: `Basic ${login.toString('base64')}` }),
    ...asked.headers,
  };
  return new Promise((resolve) => {
    const isTls = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const connection = new MessageSocket({ host, port: Number(url.port) || (isTls ? 443 : 80) }, timeoutMs);
    // The status of an answer says what counts, also when its body never ends.
    let head: HttpAnswer | null = null;
    const end = (sent: Sent): void => {
      connection.cut();
      resolve(head === null ? { is: 'unanswered', sent } : { is: 'answered', answer: head });
    };
    const fail = (why: unknown): void => {
      // What comes of its body is for whoever reads that.
      if (head === null) end(connection.broken(why));
    };
    connection.onLate(end);
    connection.raw.on('error', fail);
    const socket = isTls ? tlsConnect({ socket: connection.raw, host, ...nameOf(host) }) : connection.raw;
    const hear = async (incoming: IncomingMessage): Promise<void> => {
      head = headOf(incoming);
      const answer = most === 0 ? head : await readAnswer(incoming, most);
      connection.done();
      socket.destroy();
      resolve({ is: 'answered', answer });
    };
    socket.on('error', fail).once('close', () => fail('the connection was closed'));
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      if (!connection.begin()) return fail(TOO_LATE);
      const path = `${url.pathname}${url.search}`;
      httpRequest({ method, path, headers, createConnection: () => socket })
        .on('error', fail)
        .on(
          'response',
          (incoming) => void hear(incoming).catch((why: unknown) => end(connection.broken(why))),
        )
        .end(body);
    });
  });
}

/** Retry-After: seconds, or a date; null for what is neither. */
export function retryAfterMs(written: string | undefined, now: number): number | null {
  if (written === undefined) return null;
  if (/^\s*\d{1,9}\s*$/.test(written)) return Number(written) * 1000;
  const at = /^\s*[A-Z][a-z]{2}/.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
