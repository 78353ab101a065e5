/** The public side: HTTP in. Node's own parser reads it, so what passes is what it understood. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answer } from './answer.ts';
import { Exchange } from './exchange.ts';
import type { Fleet } from './fleet.ts';
import { requestHeaders, type Peer } from './headers.ts';
import { targetOf } from './target.ts';
import { refuse, tunnel } from './tunnel.ts';

export interface Proxy {
  readonly server: Server;
  /** No new request: what is in flight ends, with `Connection: close`; what is left after `graceMs` is cut. */
  stop(graceMs: number): Promise<void>;
}

export function openProxy(fleet: Fleet, peerOf: (address: string | undefined) => Peer): Proxy {
  let stopping = false;
  const tunnels = new Set<Duplex>();
  // A client may send its body as slowly as it likes, but not its head. 65 s outlast the 60 s of the usual balancers in front.
  const server = createServer(
    { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000 },
    (req, res) => {
      if (stopping) res.shouldKeepAlive = false;
      pass(fleet, peerOf, req, res);
    },
  );

  server.on('upgrade', (req: IncomingMessage, client: Duplex, head: Buffer) => {
    const upgrade = req.headers.upgrade ?? '';
    const target = targetOf({ method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders });
    if (
      upgrade.toLowerCase() !== 'websocket' ||
      target.kind === 'refuse' ||
      target.body ||
      req.method !== 'GET'
    ) {
      // An upgrade that is not passed on (h2c) may be ignored: the request is read again without it.
      withoutUpgrade(server, req, client, head);
      return;
    }
    if (stopping) {
      refuse(client, 503, '503 the router is stopping');
      return;
    }
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    const headers = requestHeaders(req.rawHeaders, peerOf(req.socket.remoteAddress), target.host);
    tunnel(fleet, { path: target.path, headers, upgrade }, req, client, head);
  });

  return {
    server,
    async stop(graceMs) {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      const end = setTimeout(() => {
        server.closeAllConnections();
        for (const client of tunnels) client.destroy();
      }, graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(end);
    },
  };
}

function pass(
  fleet: Fleet,
  peerOf: (address: string | undefined) => Peer,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const target = targetOf({ method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders });
  if (target.kind === 'refuse') {
    answer(res, target.status, `${target.status} ${target.reason}`);
    return;
  }
  const member = fleet.pick();
  if (member === null) {
    answer(res, 503, '503 no instance is healthy');
    return;
  }
  const headers = requestHeaders(req.rawHeaders, peerOf(req.socket.remoteAddress), target.host);
  new Exchange(fleet, member, req, res, { path: target.path, headers, body: target.body }).send();
}

function withoutUpgrade(server: Server, req: IncomingMessage, client: Duplex, head: Buffer): void {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  const drop = new Set(['upgrade', 'http2-settings', 'connection']);
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    if (!drop.has((req.rawHeaders[i] ?? '').toLowerCase()))
      lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
  }
  client.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', client);
}
