/** HTTP over a connection that the server makes for us; loaded when it is first used. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Client } from 'ssh2';
import type { GetOptions, HttpAnswer } from '../../ports/ports.ts';
import { readAnswer } from '../http.ts';
import { openChannel, refusalOf } from './forward.ts';

/** A GET made by the server. Status 0 when the application does not answer: the body says why. */
export async function getThrough(
  client: Client,
  host: string,
  target: string,
  options: GetOptions,
): Promise<HttpAnswer> {
  const url = new URL(target);
  const end = Date.now() + options.timeoutMs;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const opened = await openChannel(client, name, port, options.timeoutMs);
  const refusal = refusalOf(opened, host, name, port);
  if (refusal) throw refusal;
  if (opened.kind !== 'open') return none(opened.kind === 'refused' ? opened.reason : 'timed out');
  return ask(opened.channel, url, name, options, Math.max(1, end - Date.now()));
}

function ask(
  channel: Duplex,
  url: URL,
  name: string,
  options: GetOptions,
  limitMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(none('timed out')), limitMs);
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(timer);
      request.destroy();
      channel.destroy();
      resolve(answer);
    };
    const heard = (answer: IncomingMessage): void =>
      void readAnswer(answer).then(settle, (error: Error) => settle(none(error.message)));
    const settings: RequestOptions = { headers: { 'user-agent': 'canopy', ...options.headers } };
    const request =
      url.protocol === 'https:'
        ? httpsRequest(
            url,
            { ...settings, createConnection: () => tlsConnect({ socket: channel, servername: name }) },
            heard,
          )
        : httpRequest(url, { ...settings, createConnection: () => channel }, heard);
    request.on('error', (error) => settle(none(error.message)));
    request.end();
  });
}

const none = (reason: string): HttpAnswer => ({ status: 0, headers: {}, body: reason });
