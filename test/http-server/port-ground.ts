/** A port of four roles with sessions, on this machine. */
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  hostsOf,
  openAccess,
  openHttpServer,
  openSessions,
  type Api,
  type Reply,
  type Routes,
} from '../../src/http-server/index.ts';
import { quietLog } from '../support/quiet-log.ts';

type Right = 'open' | 'read' | 'write' | 'beat' | 'flags';
interface Ports {
  login(token: string): Reply;
  logout(cookies: string | undefined): Reply;
}

const done = (body: object): Reply => ({ status: 200, body });
const routes: Routes<Right, Ports> = {
  '/': {
    GET: {
      need: 'read',
      run: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }),
    },
  },
  '/healthz': { GET: { need: 'open', run: () => done({ ok: true }) } },
  '/login': { POST: { need: 'open', run: (ports, { given }) => ports.login(String(given['token'])) } },
  '/logout': { POST: { need: 'read', run: (ports, { headers }) => ports.logout(headers['cookie']) } },
  '/api/state': { GET: { need: 'read', run: (_, { query }) => done({ since: query.get('since') }) } },
  '/api/incidents/:id': { GET: { need: 'read', run: (_, { params }) => done(params) } },
  '/api/incidents/mine': { GET: { need: 'read', run: () => done({ mine: true }) } },
  '/api/incidents/:id/ack': {
    POST: { need: 'write', run: (_, { params, given }) => done({ ...params, given }) },
  },
  '/heartbeat/:name': { POST: { need: 'beat', run: (_, { params }) => done(params) } },
  '/ofrep': { POST: { need: 'flags', run: () => done({ value: true }) } },
  '/broken': {
    GET: {
      need: 'open',
      run: () => {
        throw new Error('no disk');
      },
    },
  },
};

export interface Port {
  readonly server: Server;
  readonly log: ReturnType<typeof quietLog>;
  readonly url: string;
  /** Milliseconds. */
  clock: { now: number };
  ask(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answered>;
  close(): Promise<void>;
}
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export async function openPort(
  of: { readonly viewer?: string; readonly listen?: string } = {},
): Promise<Port> {
  const { viewer = 'see', listen = '127.0.0.1' } = of;
  const clock = { now: 1000 };
  const log = quietLog();
  const all: Right[] = ['read', 'write', 'beat', 'flags'];
  const access = openAccess<Right>(
    [
      { role: 'viewer', token: viewer, rights: ['read'] },
      { role: 'operator', token: 'rule', rights: all },
      { role: 'heartbeat', token: 'beat', rights: ['beat'] },
      { role: 'flags', token: '', rights: ['flags'] },
    ],
    viewer === '' ? ['open', 'read'] : ['open'],
  );
  const random = (length: number): string => randomBytes(length / 2).toString('hex');
  const sessions = openSessions({ cookie: 'canopy-watch', lifeMs: 60_000, secure: true, random });
  const ports: Ports = {
    login: (token) => {
      const found = access.login(token, { address: 'x', now: clock.now });
      if (typeof found === 'string') return { status: 401, body: { error: found } };
      return { status: 200, headers: { 'set-cookie': sessions.begin(found.role, clock.now) }, body: {} };
    },
    logout: (cookies) => ({ status: 200, headers: { 'set-cookie': sessions.end(cookies) }, body: {} }),
  };
  const api: Api<Right, Ports> = {
    ...{ routes, ports, access, example: '{"for": "1h"}', now: () => clock.now },
    hints: { where: 'the tokens stand in watch.tokens', forbidden: 'another token may' },
    hosts: hostsOf({ host: listen }, 'https://watch.example.org'),
    origins: ['https://watch.example.org'],
    identify: ({ headers }) => sessions.roleOf(headers.cookie, clock.now),
  };
  const { server, refuses } = openHttpServer({
    api,
    log,
    name: 'the port',
    owner: 'the watch',
    maxConnections: 50,
  });
  server.on('upgrade', (req, socket) => {
    const refused = refuses('read', req);
    socket.end(`HTTP/1.1 ${refused === null ? '101 Switching Protocols' : `${refused.status} No`}\r\n\r\n`);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ server, log, clock, url: `http://127.0.0.1:${port}` },
    ask: (method, path, headers = {}, body) => ask(port, method, path, headers, body),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const req = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.once('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
    });
    req.once('upgrade', (res) => resolve({ status: res.statusCode ?? 0, headers: res.headers, text: '' }));
    req.once('error', reject);
    req.end(body);
  });
}
