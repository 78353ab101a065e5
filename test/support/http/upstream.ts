import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { reset } from '../../../src/router/http/own-answer.ts';
import { freePort } from '../free-port.ts';

/** Random bytes that the upstreams serve prefixes of. */
export const material = randomBytes(5 << 20);
export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export interface Upstream {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** Requests seen, but for health checks. */
  seen: number;
  /** Answers every request, health checks too, with this status when set. */
  status: number | null;
  /** Answers every request but health checks with this status when set. */
  ill: number | null;
  /** Requests it holds now. */
  active: number;
  /** Heads of the requests, newest last; at most 200 are kept. */
  readonly heads: { readonly method: string; readonly url: string; readonly raw: readonly string[] }[];
  /** Closes at once, with every connection, like a process that was killed. */
  kill(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
}

/**
 * An instance for tests: /bytes?n=&chunked=, /echo, /hash, /204, /304, /500, /slow?ms=, /half (dies in the middle), /reset (dies
 * before the answer), /early (answers before it has read the body), /trailers, /hints, /hold (until released), upgrades echo.
 */
export async function startUpstream(name: string): Promise<Upstream> {
  // Nobody else may get it between `kill` and `revive`.
  const port = await freePort();
  let server: Server;
  const sockets = new Set<Socket>();
  const upstream: Upstream = {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    seen: 0,
    status: null,
    ill: null,
    active: 0,
    heads: [],
    kill,
    revive,
  };
  await revive();
  return upstream;

  async function revive(): Promise<void> {
    server = createServer((req, res) => {
      const path = (req.url ?? '').split('?')[0] ?? '';
      if (path !== '/health') {
        upstream.seen += 1;
        upstream.heads.push({ method: req.method ?? '', url: req.url ?? '', raw: req.rawHeaders });
        if (upstream.heads.length > 200) upstream.heads.shift();
        upstream.active += 1;
        res.once('close', () => (upstream.active -= 1));
      }
      res.setHeader('x-instance', name);
      const told = upstream.status ?? (path === '/health' ? null : upstream.ill);
      if (told !== null) res.writeHead(told).end('as told\n');
      else serve(path, new URL(req.url ?? '/', 'http://x'), req, res);
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.on('upgrade', (req, socket) => {
      upstream.heads.push({ method: req.method ?? '', url: req.url ?? '', raw: req.rawHeaders });
      if (req.url === '/refuse') {
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 3\r\n\r\nno\n');
        return;
      }
      upstream.active += 1;
      socket.once('close', () => (upstream.active -= 1)).on('error', () => socket.destroy());
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-instance: ${name}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  }

  async function kill(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) reset(socket);
    await closed;
  }
}

function serve(path: string, url: URL, req: IncomingMessage, res: ServerResponse): void {
  const n = Number(url.searchParams.get('n') ?? 1024);
  switch (path) {
    case '/bytes':
      if (url.searchParams.has('chunked')) {
        for (let at = 0; at < n; at += 50_000) res.write(material.subarray(at, Math.min(n, at + 50_000)));
        res.end();
      } else res.writeHead(200, { 'content-length': n }).end(material.subarray(0, n));
      return;
    case '/echo':
      req.pipe(res);
      return;
    case '/hash': {
      const hash = createHash('sha256');
      req.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => res.end(hash.digest('hex')));
      return;
    }
    case '/204':
      res.writeHead(204).end();
      return;
    case '/304':
      res.writeHead(304, { etag: '"x"', 'content-length': 1234 }).end();
      return;
    case '/slow': {
      const timer = setTimeout(() => res.end('slow\n'), Number(url.searchParams.get('ms') ?? 100));
      res.once('close', () => clearTimeout(timer));
      return;
    }
    case '/half':
      res.writeHead(200, { 'content-length': 100_000 });
      res.write(material.subarray(0, 40_000), () => setTimeout(() => req.socket.destroy(), 20));
      return;
    case '/half-chunked':
      res.write(material.subarray(0, 40_000), () => setTimeout(() => req.socket.destroy(), 20));
      return;
    case '/500':
      res.writeHead(500).end('an error\n');
      return;
    case '/reset':
      req.socket.destroy();
      return;
    case '/early':
      res.writeHead(413, { 'content-length': 9 }).end('too long\n');
      return;
    case '/trailers':
      res.writeHead(200, { trailer: 'x-sum' });
      res.write('body\n');
      res.addTrailers({ 'x-sum': '42' });
      res.end();
      return;
    case '/hints':
      res.writeEarlyHints({ link: '</a.css>; rel=preload' });
      res.end('hinted\n');
      return;
    case '/hold':
      res.write('held\n');
      return;
    default:
      res.end(`${req.method} ${req.url}\n`);
  }
}
