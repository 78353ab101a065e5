import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { GetOptions, Http, HttpAnswer } from '../ports/ports.ts';

const bodyLimit = 64 * 1024;

/**
 * HTTP from this machine by node:http: no redirects, no retries. When no answer could be had (refused, timed out, cut) the
 * status is 0 and the body says why: whoever polls a service that starts expects that.
 */
export function openHttp(): Http & { close(): Promise<void> } {
  const agents = {
    'http:': new HttpAgent({ keepAlive: false }),
    'https:': new HttpsAgent({ keepAlive: false }),
  };
  return {
    get: (url, options) => ask(agents, 'GET', url, undefined, options),
    send: (method, url, body, options) => ask(agents, method, url, body, options),
    close: async () => {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

function ask(
  agents: { 'http:': HttpAgent; 'https:': HttpsAgent },
  method: string,
  target: string,
  body: unknown,
  options: GetOptions,
): Promise<HttpAnswer> {
  const url = new URL(target);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    'user-agent': 'canopy',
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...options.headers,
  };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(options.timeoutMs);
    const settings = { method, headers, signal };
    const none = (error: Error): void =>
      resolve({ status: 0, headers: {}, body: signal.aborted ? 'timed out' : error.message });
    const heard = (answer: IncomingMessage): void => void readAnswer(answer).then(resolve, none);
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, agent: agents['https:'] }, heard)
        : httpRequest(url, { ...settings, agent: agents['http:'] }, heard);
    request.on('error', none);
    request.end(text);
  });
}

/** Reads at most so much of the body and drops the rest. */
export async function readAnswer(answer: IncomingMessage, most = bodyLimit): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    const bytes = chunk as Buffer;
    if (size < most) chunks.push(bytes.subarray(0, most - size));
    size += bytes.length;
  }
  return { ...headOf(answer), body: Buffer.concat(chunks).toString('utf8') };
}

/** An answer before its body. */
export const headOf = ({ statusCode = 0, headers }: IncomingMessage): HttpAnswer => ({
  status: statusCode,
  headers: Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    ),
  ),
  body: '',
});
