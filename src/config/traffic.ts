/** The traffic section: its defaults. */
import { Secret } from '../shared/secret.ts';
import { buildBalancer } from './balancer.ts';
import { buildHardening } from './limits.ts';
import type { RawConfig } from './schema.ts';
import type { Address, TrafficConfig } from './types.ts';

const minute = 60_000;

export function buildTraffic(
  raw: NonNullable<RawConfig['traffic']>,
  app: string,
  at: { readonly folder: string; readonly home: string; readonly stateHome: string | null },
): TrafficConfig {
  const listen = raw.listen ?? { host: '127.0.0.1', port: 8080 };
  const secret = (value: string | undefined): Secret | null => (value ? new Secret(value) : null);
  return {
    balancer: buildBalancer(raw.balancer, app),
    listen,
    url: (raw.url ?? `http://${reached(listen)}`).replace(/\/+$/, ''),
    probe: {
      path: raw.probe?.path ?? raw.health?.path ?? '/health',
      everyMs: raw.probe?.every ?? 100,
    },
    admin: {
      listen: raw.admin?.listen ?? { host: '127.0.0.1', port: 8081 },
      token: secret(raw.admin?.token),
      alertToken: secret(raw.admin?.alertToken),
    },
    stateDir: (raw.stateDir ?? `${at.stateHome ?? '~/.local/state'}/canopy/${app}`).replace(
      /^~(?=\/|$)/,
      at.home,
    ),
    trustedProxies: raw.trustedProxies ?? [],
    stable: raw.stable,
    canary: raw.canary ?? null,
    weight: raw.weight ?? 33,
    sticky: raw.sticky ?? 'cookie',
    header: raw.header ?? 'x-canary',
    workers: raw.workers ?? 1,
    health: {
      path: raw.health?.path ?? '/health',
      everyMs: raw.health?.every ?? 1000,
      timeoutMs: raw.health?.timeout ?? 5000,
      rise: raw.health?.rise ?? 2,
      fall: raw.health?.fall ?? 3,
    },
    revert: {
      errorRate: raw.revert?.errorRate ?? 5,
      windowMs: raw.revert?.window ?? 10_000,
      minRequests: raw.revert?.minRequests ?? 20,
      resume: raw.revert?.resume ?? 'auto',
      afterMs: raw.revert?.after ?? 30_000,
      maxAfterMs: raw.revert?.maxAfter ?? Math.max(30 * minute, raw.revert?.after ?? 0),
    },
    ...buildHardening(raw, at.folder),
  };
}

/** An address that stands for all of a machine's is asked at its loopback. */
function reached({ host, port }: Address): string {
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return near.includes(':') ? `[${near}]:${port}` : `${near}:${port}`;
}
