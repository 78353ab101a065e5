import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { endProcess } from '../support/end-process.ts';

export const httpManners = [
  'answers',
  'kills the sender after accepting',
  'accepts and resets',
  'accepts and never answers',
  'accepts and answers 500',
  'answers 429',
  'resets before accepting',
  'refuses',
] as const;
export type HttpManner = (typeof httpManners)[number];

export interface HttpProvider {
  readonly url: string;
  /** What the first request of a message meets; the later ones are answered. */
  readonly manners: Map<string, HttpManner>;
  /** How often each message was carried out, by what stands in it. */
  readonly carried: Map<string, number>;
  close(): Promise<void>;
}

/** A provider of SMS over HTTP without a key of idempotence, as Twilio is. */
export async function httpProvider(): Promise<HttpProvider> {
  const manners = new Map<string, HttpManner>();
  const carried = new Map<string, number>();
  const ids = new Map<string, string>();
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://provider');
    const key = (to: unknown, visible: unknown): string => `${String(to)} ${String(visible)}`;
    if (request.method !== 'POST')
      return void response.end(ids.get(key(searchParams.get('to'), searchParams.get('visible'))) ?? '');
    void text(request).then((body) => {
      const { to, visible } = JSON.parse(body) as { to: string; visible: string };
      const manner = manners.get(visible) ?? 'answers';
      if (manner !== 'refuses') manners.delete(visible);
      const take = (): string => {
        carried.set(visible, (carried.get(visible) ?? 0) + 1);
        ids.set(key(to, visible), `SM${ids.size + 1}`);
        return ids.get(key(to, visible)) ?? '';
      };
      answer(manner, take, response, Number(request.headers['x-pid']));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    manners,
    carried,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(manner: HttpManner, take: () => string, response: ServerResponse, pid: number): void {
  switch (manner) {
    case 'answers':
      return void response.end(take());
    case 'kills the sender after accepting':
      take();
      return endProcess(pid);
    case 'accepts and resets':
      take();
      return void response.socket?.resetAndDestroy();
    case 'accepts and never answers':
      return void take();
    case 'accepts and answers 500':
      take();
      return void response.writeHead(500).end();
    case 'answers 429':
      return void response.writeHead(429).end();
    case 'resets before accepting':
      return void response.socket?.resetAndDestroy();
    case 'refuses':
      return void response.writeHead(400).end();
  }
}
