/** Who counts the requests of both arms: the embedded routers, or HAProxy. */
import { openHaproxy } from '../../balancer/index.ts';
import { balancerKindOf } from '../../config/fields/choices.ts';
import { countedSince, type ArmCounters } from '../../haproxy/index.ts';
import { noCounts, parseCounts, together, type ArmCounts, type CountsByArm } from '../../judge/index.ts';
import type { Store } from '../../ports/ports.ts';
import { countedBy } from '../../traffic/index.ts';
import type { CanarySetting } from './setting.ts';
import { messageOf } from '../../shared/text/thrown.ts';

interface ArmReadings extends CountsByArm {
  /** Changes when somebody who counts comes, goes or restarts. */
  readonly sources: string;
  /** How often stable instances have come and gone. */
  readonly turns: number;
}

export interface Counting {
  /** Whether response times are counted. */
  readonly times: boolean;
  /** The counters since their beginning; null: nobody counts now. */
  look(): Promise<ArmReadings | null>;
}

/** Null for a balancer that counts nothing. */
export function openCounting(setting: CanarySetting, store: Store): Counting | null {
  const { config, open, log } = setting;
  const { traffic, app } = config;
  if (traffic === null) return null;
  if (balancerKindOf(traffic.balancer) === 'router') return { times: true, look: () => routers(app, store) };
  const haproxy = openHaproxy(config, { ...open, store, clock: open.timer, log });
  if (haproxy === null) return null;
  return {
    times: false,
    look: async () => {
      const readings = await haproxy.readings();
      const counted = countedSince([], readings, haproxy.arms);
      const sources = readings.map(({ host, pid }) => `${host}:${pid}`).join(' ');
      return { stable: armOf(counted.stable), canary: armOf(counted.canary), sources, turns: 0 };
    },
  };
}

/** What stable has done in the ten minutes before, as the routers remember it; null: nobody does. */
export async function stableBefore({ config, log }: CanarySetting, store: Store): Promise<ArmCounts | null> {
  const { traffic, app } = config;
  if (traffic === null || balancerKindOf(traffic.balancer) !== 'router') return null;
  const found = (await countedBy(app, store)).filter(({ before }) => before !== null);
  try {
    const sum = together(found.map((one) => parseCounts(one.before, `before (${one.id})`)));
    return sum.requests === 0 ? null : sum;
  } catch (error) {
    // The judge learns what it needs without it, a little later.
    log.debug(`what stable did before is not known: ${messageOf(error)}`);
    return null;
  }
}

async function routers(app: string, store: Store): Promise<ArmReadings | null> {
  const found = await countedBy(app, store);
  if (found.length === 0) return null;
  const arm = (name: 'stable' | 'canary'): ArmCounts =>
    together(found.map((one) => parseCounts(one[name], `${name} (${one.id})`)));
  return {
    stable: arm('stable'),
    canary: arm('canary'),
    sources: found.map(({ id }) => id).join(' '),
    turns: found.reduce((sum, { turns }) => sum + turns, 0),
  };
}

const armOf = ({ requests, errors, byClass }: ArmCounters): ArmCounts => ({
  ...noCounts,
  requests,
  errors,
  byClass,
});
