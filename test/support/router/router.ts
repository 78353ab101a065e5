import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import type { Instance, TrafficConfig } from '../../../src/config/types.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import { realRandom } from '../../../src/drivers/random.ts';
import type { Clock, Log, Store } from '../../../src/ports/ports.ts';
import {
  runRouter,
  type RouterAddresses,
  type RouterSetup,
  type RouterSummary,
} from '../../../src/router/index.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { rememberOn } from './canary-on.ts';
import { waitFor } from '../wait-for.ts';

export const TOKEN = 'full-token';
export const ALERT_TOKEN = 'alert-token';

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add =
    (level: string) =>
    (text: string, about?: string): void => {
      lines.push(`${level} ${about ?? ''} ${text}`);
    };
  return { lines, info: add('info'), warn: add('warn'), debug: add('debug'), progress: add('progress') };
}

export interface InstanceAt {
  readonly name: string;
  readonly url: string;
}

/** The parts of an instance that the router reads; the rest is never looked at. */
export const instanceAt = (at: InstanceAt): Instance => ({ name: at.name, url: at.url }) as Instance;

export function trafficOf(stateDir: string, more: Partial<TrafficConfig> = {}): TrafficConfig {
  return {
    balancer: 'router',
    listen: { host: '127.0.0.1', port: 0 },
    admin: {
      listen: { host: '127.0.0.1', port: 0 },
      token: new Secret(TOKEN),
      alertToken: new Secret(ALERT_TOKEN),
    },
    stateDir,
    trustedProxies: [],
    stable: 'production',
    canary: 'canary',
    weight: 33,
    sticky: 'none',
    header: 'x-canary',
    health: { path: '/health', everyMs: 100, timeoutMs: 1000, rise: 2, fall: 3 },
    revert: {
      errorRate: 5,
      windowMs: 10_000,
      minRequests: 20,
      resume: 'auto',
      afterMs: 30_000,
      maxAfterMs: 1_800_000,
    },
    ...buildHardening({}, '/'),
    ...more,
  } as TrafficConfig;
}

export interface RunningRouter extends Omit<RouterAddresses, 'admin'> {
  readonly adminPort: number;
  readonly url: string;
  readonly adminUrl: string;
  readonly log: ReturnType<typeof keptLog>;
  readonly stateDir: string;
  /** Stops it and waits. */
  stop(): Promise<RouterSummary>;
  /** A request to its admin port with the full token, or the one given. */
  admin(
    method: string,
    path: string,
    body?: unknown,
    token?: string | null,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  ): Promise<{ status: number; body: any; text: string }>;
}

export interface RouterOptions {
  readonly stable: readonly InstanceAt[];
  readonly canary?: readonly InstanceAt[];
  readonly store?: Store | null;
  readonly app?: string;
  readonly stateDir?: string;
  readonly traffic?: Partial<TrafficConfig>;
  readonly graceMs?: number;
  /** Nothing was ever switched on: else a canary is on at traffic.weight from the beginning. */
  readonly fresh?: boolean;
  readonly clock?: Clock;
  /** What canopy.yml says when it is read again. */
  readonly reread?: () => Promise<RouterSetup>;
}

/** Waits until the router has found every instance healthy. */
export const allHealthy = (router: RunningRouter): Promise<unknown> =>
  waitFor('all to be healthy', async () => {
    const { arms } = (await router.admin('GET', '/state')).body;
    const all = [...arms.stable, ...arms.canary] as { readonly health: string }[];
    return all.every(({ health }) => health === 'healthy');
  });

/** A router in this process on free ports. Its temporary state folder goes with it. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'canopy-router-'));
  const log = keptLog();
  const stop = new AbortController();
  const traffic = trafficOf(stateDir, options.traffic);
  if (options.fresh !== true && options.canary !== undefined)
    rememberOn(traffic.stateDir, traffic.weight, traffic.sticky);
  let ended: Promise<RouterSummary> | undefined;
  const addresses = await new Promise<RouterAddresses>((resolve, reject) => {
    ended = runRouter(
      {
        app: options.app ?? 'shop',
        traffic,
        stable: options.stable.map(instanceAt),
        canary: (options.canary ?? []).map(instanceAt),
      },
      { store: options.store ?? null, clock: options.clock ?? realClock, log, random: realRandom },
      stop.signal,
      {
        listening: resolve,
        graceMs: options.graceMs ?? 5000,
        ...(options.reread === undefined ? {} : { reread: options.reread }),
      },
    );
    ended.catch((error: unknown) => {
      if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
      reject(error as Error);
    });
  });
  const adminUrl = `http://127.0.0.1:${addresses.admin.port}`;
  return {
    id: addresses.id,
    proxy: addresses.proxy,
    adminPort: addresses.admin.port,
    url: `http://127.0.0.1:${addresses.proxy.port}`,
    adminUrl,
    log,
    stateDir,
    async stop() {
      stop.abort();
      try {
        return await (ended as Promise<RouterSummary>);
      } finally {
        if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
      }
    },
    async admin(method, path, body, token = TOKEN) {
      const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${adminUrl}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      const isJson = (answer.headers.get('content-type') ?? '').startsWith('application/json');
      return { status: answer.status, text, body: isJson && text !== '' ? JSON.parse(text) : null };
    },
  };
}
