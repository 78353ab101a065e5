/** The public side: HTTP in. Plain requests are read by `plain/`, all others by Node's own parser: what passes is what both understand. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { tell, type Refusal } from './http/own-answer.ts';
import { serverCloser } from '../http-server/index.ts';
import { Exchange } from './proxy/exchange.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Admission } from './proxy/admission.ts';
import { requestHeaders, type Peer } from './http/headers.ts';
import { Pipelining } from './http/pipelining.ts';
import type { Inbound, Outbound } from './http/inbound.ts';
import { isForced } from './split/arm.ts';
import { openPlainListener } from './plain/plain-listener.ts';
import { targetOf, type RequestLine } from './http/target.ts';
import { tunnelFor } from './proxy/tunnel.ts';
import { inform } from './http/informational.ts';
import type { Upgrade } from './http/outgoing.ts';
import type { Assigner } from './split/assigner.ts';
import { PlainReply } from './plain/reply.ts';

export interface Proxy {
  readonly server: Server;
  /** No new request: what is in flight ends, with `Connection: close`; what is left after `graceMs` is cut. `lingerMs`: see closing.ts. */
  stop(graceMs: number, lingerMs?: () => number): Promise<void>;
}

/** What a request meets on its way. */
interface Way {
  readonly fleet: Fleet;
  readonly assigner: Assigner;
  readonly peerOf: (address: string | undefined) => Peer;
  readonly front: Admission;
}

const STOPPING: Refusal = { status: 503, reason: 'the router is stopping' };
const UNHEALTHY: Refusal = { status: 503, reason: 'no instance is healthy' };
/** So long a client may go on sending after the last answer on its connection. */
const LINGER_MS = 5000;

export function openProxy(way: Way): Proxy {
  const { front } = way;
  let stopping = false;
  const tunnels = new Set<Duplex>();
  const take = (req: Inbound, res: Outbound, body: IncomingMessage | null): void => {
    if (stopping) res.shouldKeepAlive = false;
    pass(way, req, res, body);
  };
  const turns = new Pipelining();
  const takeAny = turns.of((req, res) => take(req, res, req));
  const server = createServer(front.options, takeAny);
  const door = openPlainListener(server, front.watch, {
    take: (req, res) => take(req, res, null),
    isForNode: (socket) => front.isOut(socket),
  });
  const close = serverCloser(server);
  // A body that will be refused is not asked for first.
  server.on('checkContinue', takeAny).on('checkExpectation', takeAny);
  front.attach(server);

  const upgrade = (req: IncomingMessage, client: Duplex, head: Buffer): void => {
    if (front.isAway(req)) return;
    const protocol = req.headers.upgrade ?? '';
    if (!mayUpgrade(req, protocol)) {
      // An upgrade that is not passed on (h2c) may be ignored: the request is read again without it.
      withoutUpgrade(server, req, client, head);
      return;
    }
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    const res = lastReply(req);
    if (stopping) tell(res, STOPPING);
    else pass(way, req, res, null, tunnelFor(front.watch, protocol, client, head));
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

const askedOf = ({ method = '', url = '', rawHeaders }: Inbound): RequestLine => ({
  method,
  url,
  rawHeaders,
});

/** A protocol that is passed on, asked for by a request that could be answered with it (RFC 9110, 7.8). */
function mayUpgrade(req: IncomingMessage, protocol: string): boolean {
  const target = targetOf(askedOf(req));
  const isClear = target.kind === 'pass' && !target.body && req.method === 'GET' && req.httpVersionMinor > 0;
  return isClear && protocol.toLowerCase() === 'websocket';
}

function pass(
  { fleet, assigner, peerOf, front }: Way,
  req: Inbound,
  res: Outbound,
  body: IncomingMessage | null,
  upgrade: Upgrade | null = null,
): void {
  if (front.isAway(req)) return;
  const target = targetOf(askedOf(req));
  const refusal = front.refusalOf(req, target);
  if (refusal !== null || target.kind === 'refuse') {
    if (refusal !== null) tell(res, refusal);
    return;
  }
  const given = assigner.of(req.rawHeaders);
  const member = fleet.pickUpstream(given.place);
  if (member === null) {
    tell(res, UNHEALTHY);
    return;
  }
  const headers = requestHeaders(req.rawHeaders, peerOf(req.socket.remoteAddress), target.host);
  const cookie = assigner.dress(given, headers);
  if (req.headers.expect !== undefined) inform(res, 100, 'Continue', []);
  new Exchange(fleet, front.watch, member, req, res, {
    ...{ path: target.path, headers, upgrade, forced: isForced(given.place) },
    body: target.body ? body : null,
    isChunked: target.body && req.headers['transfer-encoding'] !== undefined,
    // A client that upgrades has been here before: it brings its cookie, or gets one with its next page.
    cookie: upgrade === null ? cookie : null,
  }).send();
}

/** The answer to a request whose connection Node has given up: the last one on it. */
function lastReply(req: IncomingMessage): PlainReply {
  const client = req.socket;
  // What the client goes on sending is read and dropped until it has the answer, or it might not get that.
  const ended = (): void => {
    client.end();
    client.on('end', () => client.destroy());
    client.setTimeout(LINGER_MS, () => client.destroy()).resume();
  };
  const res = new PlainReply(req, { kept: '', ended });
  res.shouldKeepAlive = false;
  client.on('error', () => client.destroy()).once('close', () => res.close());
  return res;
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
