/** What the canary has got since its share last changed: HAProxy's counters, or what the router at the admin address says. */
import { openHaproxy } from '../balancer/index.ts';
import type { TrafficConfig } from '../config/types.ts';
import { CanopyError } from '../errors.ts';
import { parseObserved } from './observed-split.ts';
import type { ObservedSplit } from './snapshot.ts';
import type { Source } from './source.ts';

/** A router elsewhere may not be reachable from here. */
export async function readCounted(source: Source): Promise<ObservedSplit | null> {
  const { config, open, store, log } = source;
  if (config.traffic === null) return null;
  if (config.traffic.balancer === 'router') return byRouter(source, config.traffic);
  const haproxy = openHaproxy(config, { ...open, store, clock: open.timer, log });
  // One that does not answer is told with its drift.
  const found = await haproxy?.observed().catch((error: unknown) => {
    if (error instanceof CanopyError) return null;
    throw error;
  });
  return found ? { ...found, bound: null, forced: 0 } : null;
}

async function byRouter({ open }: Source, { admin }: TrafficConfig): Promise<ObservedSplit | null> {
  const { host, port } = admin.listen;
  const headers = admin.token === null ? {} : { authorization: `Bearer ${admin.token.reveal()}` };
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const http = await open.http();
  const answer = await http.get(`http://${at.includes(':') ? `[${at}]` : at}:${port}/weight`, {
    effect: 'read',
    timeoutMs: 1000,
    headers,
  });
  return answer.status === 200 ? parseObserved(answer.body) : null;
}
