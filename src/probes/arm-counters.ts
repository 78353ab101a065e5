/** What the routers, or HAProxy, have counted of both arms. */
import { openHaproxy } from '../balancer/index.ts';
import { balancerKindOf } from '../config/fields/choices.ts';
import type { Config } from '../config/types.ts';
import { countedSince } from '../haproxy/index.ts';
import { parseCounts } from '../judge/index.ts';
import type { Opener } from '../opener.ts';
import type { Log, Store } from '../ports/ports.ts';
import { countedBy } from '../traffic/index.ts';
import type { ArmReading } from './arm-rates.ts';

/** Null for a balancer that counts nothing. The readings reject while who is asked does not answer. */
export function openArmCounters(
  config: Config,
  open: Opener,
  store: Store,
  log: Log,
): (() => Promise<readonly ArmReading[]>) | null {
  const { traffic, app } = config;
  if (traffic === null) return null;
  if (balancerKindOf(traffic.balancer) === 'router')
    return async () =>
      (await countedBy(app, store)).map(({ id, stable, canary }) => ({
        source: id,
        stable: parseCounts(stable, `stable (${id})`),
        canary: parseCounts(canary, `canary (${id})`),
      }));
  const haproxy = openHaproxy(config, { ...open, store, clock: open.timer, log });
  if (haproxy === null) return null;
  return async () =>
    (await haproxy.readings()).map((reading) => ({
      source: `${reading.host}:${reading.pid}`,
      ...countedSince([], [reading], haproxy.arms),
    }));
}
