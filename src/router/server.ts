/** The public side: HTTP in. Plain requests are read by `plain/`, all others by Node's own parser: what passes is what both understand. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { tell } from './exchange/answer.ts';
import { closerOf } from './exchange/closing.ts';
import { Exchange } from './exchange/exchange.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Front } from './exchange/front.ts';
import { requestHeaders, type Peer } from './exchange/headers.ts';
import { Turns } from './exchange/in-turn.ts';
import type { Inbound, Reply } from './exchange/inbound.ts';
import { isForced } from './pick/pick.ts';
import { openDoor } from './plain/door.ts';
import { targetOf } from './exchange/target.ts';
import { refuse, tunnel } from './exchange/tunnel.ts';
import type { Who } from './pick/who.ts';

export interface Proxy {
  readonly server: Server;
  /** No new request: what is in flight ends, with `Connection: close`; what is left after `graceMs` is cut. `lingerMs`: see closing.ts. */
  stop(graceMs: number, lingerMs?: () => number): Promise<void>;
}

export function openProxy(
  fleet: Fleet,
  who: Who,
  peerOf: (address: string | undefined) => Peer,
  front: Front,
): Proxy {
  let stopping = false;
  const tunnels = new Set<Duplex>();
  const take = (req: Inbound, res: Reply, body: IncomingMessage | null): void => {
    if (stopping) res.shouldKeepAlive = false;
    pass(fleet, who, peerOf, front, req, res, body);
  };
  const turns = new Turns();
  const takeAny = turns.of((req, res) => take(req, res, req));
  const server = createServer(front.options, takeAny);
  const door = openDoor(server, front.watch, {
    take: (req, res) => take(req, res, null),
    isForNode: (socket) => front.isOut(socket),
  });
  const close = closerOf(server);
  // A body that will be refused is not asked for first.
  server.on('checkContinue', takeAny).on('checkExpectation', takeAny);
  front.attach(server);

  const upgrade = (req: IncomingMessage, client: Duplex, head: Buffer): void => {
    if (front.isAway(req)) return;
    const protocol = req.headers.upgrade ?? '';
    const target = targetOf({ method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders });
    if (
      protocol.toLowerCase() !== 'websocket' ||
      target.kind === 'refuse' ||
      target.body ||
      req.method !== 'GET'
    ) {
      // An upgrade that is not passed on (h2c) may be ignored: the request is read again without it.
      withoutUpgrade(server, req, client, head);
      return;
    }
    const refusal = stopping
      ? { status: 503, reason: 'the router is stopping' }
      : front.refusalOf(req, target);
    if (refusal !== null) {
      refuse(client, refusal.status, `${refusal.status} ${refusal.reason}`);
      return;
    }
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    const headers = requestHeaders(req.rawHeaders, peerOf(req.socket.remoteAddress), target.host);
    // A client that upgrades has been here before: it brings its cookie, or gets one with its next page.
    const given = who.of(req.rawHeaders);
    who.dress(given, headers);
    tunnel(
      fleet,
      front.watch,
      { path: target.path, headers, upgrade: protocol, place: given.place },
      req,
      client,
      head,
    );
  };
  server.on('upgrade', (req: IncomingMessage, client: Duplex, head: Buffer) =>
    turns.upgrade(req.socket, () => upgrade(req, client, head)),
  );

  return {
    server,
    async stop(graceMs, lingerMs = () => 0) {
      stopping = true;
      front.watch.stopping(graceMs);
      const cut = (): void => {
        server.closeAllConnections();
        door.cut();
        for (const client of tunnels) client.destroy();
      };
      await close({ graceMs, lingerMs, cut, closeIdle: () => door.closeIdle() });
      front.watch.end();
    },
  };
}

function pass(
  fleet: Fleet,
  who: Who,
  peerOf: (address: string | undefined) => Peer,
  front: Front,
  req: Inbound,
  res: Reply,
  body: IncomingMessage | null,
): void {
  if (front.isAway(req)) return;
  const target = targetOf({ method: req.method ?? '', url: req.url ?? '', rawHeaders: req.rawHeaders });
  const refusal = front.refusalOf(req, target);
  if (refusal !== null || target.kind === 'refuse') {
    if (refusal !== null) tell(res, refusal);
    return;
  }
  const given = who.of(req.rawHeaders);
  const member = fleet.pick(given.place);
  if (member === null) {
    tell(res, { status: 503, reason: 'no instance is healthy' });
    return;
  }
  const headers = requestHeaders(req.rawHeaders, peerOf(req.socket.remoteAddress), target.host);
  if (req.headers.expect !== undefined && req.httpVersionMinor === 1) res.writeContinue();
  new Exchange(fleet, front.watch, member, req, res, {
    path: target.path,
    headers,
    body: target.body ? body : null,
    forced: isForced(given.place),
    cookie: who.dress(given, headers),
  }).send();
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
