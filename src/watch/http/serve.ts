/** The port of the watch: who may look, who may change something, and whose page may ask. */
import type { Server } from 'node:http';
import type { WatchConfig } from '../../config/types.ts';
import {
  hostsOf,
  openAccess,
  openHttpServer,
  openSessions,
  serverCloser,
  type Reply,
} from '../../http-server/index.ts';
import type { Clock, Log, Random } from '../../ports/ports.ts';
import { fail } from '../../errors.ts';
import { listenFailure } from '../../shared/system/listen-error.ts';
import type { WatchApi } from './watch-api.ts';
import { watchRoutes, type WatchPorts, type WatchRight } from './routes.ts';

interface ServePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

const COOKIE = 'canopy-watch';
const SESSION_MS = 12 * 3_600_000;
const GRACE_MS = 2000;

const rights: Readonly<Record<string, readonly WatchRight[]>> = {
  viewer: ['open', 'view'],
  operator: ['open', 'view', 'operate', 'beat'],
  heartbeat: ['open', 'beat'],
};

/** Listens; the function closes it. Throws `watch-listen`. */
export async function serveWatch(
  { listen, url, tokens }: WatchConfig,
  watch: WatchApi,
  { clock, log, random }: ServePorts,
): Promise<() => Promise<void>> {
  const now = (): number => clock.now();
  const secure = url?.startsWith('https:') ?? false;
  const sessions = openSessions({
    ...{ cookie: COOKIE, lifeMs: SESSION_MS, secure },
    random: (length) => random.hex(Math.ceil(length / 2)).slice(0, length),
  });
  const access = openAccess<WatchRight>(
    Object.entries(rights).map(([role, given]) => ({
      role,
      token: tokens[role as 'viewer' | 'operator' | 'heartbeat']?.reveal() ?? '',
      rights: given,
    })),
    // Without a viewer's token everybody on this machine may look.
    tokens.viewer === null ? ['open', 'view'] : ['open'],
  );
  const ports: WatchPorts = {
    watch,
    login: (token, address): Reply => {
      const found = access.login(token, { address, now: now() });
      if (typeof found === 'string')
        return { status: found === 'wrong' ? 401 : 429, body: { error: { code: found } } };
      return {
        status: 200,
        headers: { 'set-cookie': sessions.begin(found.role, now()) },
        body: { role: found.role },
      };
    },
  };
  const own = `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`;
  const { server } = openHttpServer<WatchRight, WatchPorts>({
    api: {
      ...{ routes: watchRoutes, ports, access, now },
      hints: {
        where: 'watch.tokens in canopy.yml say which',
        forbidden:
          'the operator may change something, the viewer may look, heartbeat may only tell that it lives',
      },
      hosts: hostsOf(listen, url),
      origins: [url === null ? own : new URL(url).origin],
      identify: ({ headers }) => sessions.roleOf(headers.cookie, now()),
      example: '{"reason": "a new disk"}',
    },
    ...{ log, name: 'the port of the watch', owner: 'the watch', maxConnections: 2000 },
  });
  const close = serverCloser(server);
  await listening(server, listen, own);
  return () => close({ graceMs: GRACE_MS, lingerMs: () => 0, cut: () => server.closeAllConnections() });
}

function listening(server: Server, { host, port }: WatchConfig['listen'], shown: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        fail(
          'watch-listen',
          { address: shown, ...listenFailure(error.code ?? '', error.message) },
          { cause: error },
        ),
      ),
    );
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port }, resolve);
  });
}
