/** The same request so that the router reads it itself, and so that Node's parser does. */
import { expect } from 'chai';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { createHash } from 'node:crypto';
import { openClient, type Client } from './client.ts';

/** `node`: a header has two spaces before its value, which says the same to an instance. */
export type Way = 'plain' | 'node';
export const ways: readonly Way[] = ['plain', 'node'];

export const headOf = (way: Way, method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nX-A: ${way === 'node' ? ' ' : ''}b\r\n${more}\r\n`;

/** The last request of a connection, in another way than a plain one. */
export const LAST = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** Targets of the requests to a port that Node's parser has read, oldest first. */
export function readByNode(port: number): { readonly targets: string[]; stop(): void } {
  const targets: string[] = [];
  const hear = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.socket.localPort === port) targets.push(request.url ?? '');
  };
  subscribe('http.server.request.start', hear);
  return { targets, stop: () => void unsubscribe('http.server.request.start', hear) };
}

/** What the tests do not compare: the date, and the place that a cookie gives by chance. */
export const masked = (text: string): string =>
  text
    .replace(/^(Date: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r$/gm, '$1now\r')
    .replace(/^(set-cookie: canopy-\w+=)1\.[\w.-]+/gim, '$1place');

/**
 * Sends a request on a connection of its own, once in each way, and hands `more` the connection. What came back until its end
 * has to be the same, byte by byte; `form` takes away what may differ. Only the first of each way is looked at in `node`.
 */
export async function inBothWays(
  port: number,
  [method, path, headers = '']: readonly [method: string, path: string, headers?: string],
  more: (client: Client, way: Way) => Promise<unknown>,
  form: (text: string) => string = (text) => text,
): Promise<string> {
  const got: string[] = [];
  for (const way of ways) {
    const read = readByNode(port);
    const client = await openClient(port);
    try {
      client.send(headOf(way, method, path, headers));
      await more(client, way);
      got.push(masked(form(await client.ended())));
      expect(read.targets.includes(path), `${way}: read by Node`).to.equal(way === 'node');
    } finally {
      read.stop();
      client.socket.destroy();
    }
  }
  const [plain = '', node = ''] = got;
  if (plain.length + node.length < 20_000) expect(plain).to.equal(node);
  else expect([plain.length, hashOf(plain)]).to.deep.equal([node.length, hashOf(node)]);
  return plain;
}

const hashOf = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** The answer with its chunked body as one: where a chunk ends may hang on how packets came. */
export function unchunked(text: string): string {
  const start = text.indexOf('\r\n\r\n') + 4;
  let out = text.slice(0, start);
  let at = start;
  for (;;) {
    const line = /([\da-f]+)\r\n/y;
    line.lastIndex = at;
    const found = line.exec(text);
    if (found === null) return `${out}[broken]${text.slice(at)}`;
    const size = Number.parseInt(found[1] ?? '', 16);
    out += text.slice(line.lastIndex, line.lastIndex + size);
    at = line.lastIndex + size + 2;
    if (size === 0) return `${out}[end]${text.slice(at)}`;
  }
}
