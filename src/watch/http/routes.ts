/** What the port of the watch answers: one line a route. */
import type { ApiCall, Reply, Routes } from '../../http-server/index.ts';
import { answered } from './replies.ts';
import type { WatchApi } from './watch-api.ts';

/** `open`: everybody; `view`: who may look; `operate`: who may change something; `beat`: who may send heartbeats. */
export type WatchRight = 'open' | 'view' | 'operate' | 'beat';

export interface WatchPorts {
  readonly watch: WatchApi;
  /** A session for whoever has a token. */
  readonly login: (token: string, address: string) => Reply;
}

const json = (body: object): Reply => ({ status: 200, body });
const plain = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

export const watchRoutes: Routes<WatchRight, WatchPorts> = {
  '/healthz': { GET: { need: 'open', run: ({ watch }) => json(watch.health()) } },
  '/metrics': { GET: { need: 'view', run: ({ watch }) => plain(watch.metrics()) } },
  '/discovery/prometheus': { GET: { need: 'view', run: ({ watch }) => json(watch.prometheusTargets()) } },
  '/discovery/haproxy': { GET: { need: 'view', run: ({ watch }) => plain(watch.haproxyServers()) } },
  '/api/state': { GET: { need: 'view', run: async ({ watch }) => json(await watch.state()) } },
  '/api/incidents': {
    GET: {
      need: 'view',
      run: async ({ watch }, { query }) => json(await watch.incidents(query.get('all') !== null)),
    },
  },
  '/api/incidents/:id': {
    GET: { need: 'view', run: ({ watch }, { params }) => answered(() => watch.incident(params['id'] ?? '')) },
  },
  '/api/incidents/:id/ack': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) =>
        answered(() => watch.acknowledge(call.params['id'] ?? '', textOf(call, 'for'), whoOf(call))),
    },
  },
  '/api/incidents/:id/resolve': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) => answered(() => watch.resolve(call.params['id'] ?? '', whoOf(call))),
    },
  },
  '/api/silences': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) =>
        answered(() =>
          watch.silence(
            textOf(call, 'rule') ?? textOf(call, 'target'),
            textOf(call, 'for'),
            textOf(call, 'reason'),
            whoOf(call),
          ),
        ),
    },
  },
  '/api/flags/:name': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) =>
        answered(() => watch.flag(call.params['name'] ?? '', textOf(call, 'state') ?? '', whoOf(call))),
    },
  },
  '/api/pause': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) => answered(() => watch.pause(textOf(call, 'reason'), whoOf(call))),
    },
  },
  '/api/unpause': {
    POST: {
      need: 'operate',
      run: ({ watch }, call) => answered(() => watch.unpause(textOf(call, 'reason'), whoOf(call))),
    },
  },
  '/login': {
    POST: { need: 'open', run: ({ login }, call) => login(textOf(call, 'token') ?? '', call.address) },
  },
  '/heartbeat/:name': {
    POST: { need: 'beat', run: ({ watch }, { params }) => answered(() => watch.beat(params['name'] ?? '')) },
  },
};

function textOf({ given }: ApiCall, key: string): string | null {
  const value = given[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Tokens are of roles: who it was, they may say. */
const whoOf = (call: ApiCall): string => textOf(call, 'by') ?? `the page (${call.address})`;
