/** What all parts together say of each instance. Pure. */
import type { Config } from '../config/types.ts';
import { lookUp } from '../shared/look-up.ts';
import { shareOf, worstHealth, type Health } from '../traffic/index.ts';
import type { AppSnapshot, InstanceSnapshot } from './snapshot.ts';

/** The more parts are given, the more is known. */
type SeenParts = Pick<AppSnapshot, 'traffic'> &
  Partial<Pick<AppSnapshot, 'deploys' | 'servers' | 'balancer'>>;

/** Of one environment, in the order of canopy.yml. */
export function instancesOf(
  config: Pick<Config, 'environments' | 'traffic'>,
  environment: string,
  seen: SeenParts,
): InstanceSnapshot[] {
  const weights = weightsOf(config, seen);
  const runs = lookUp(seen.deploys ?? {}, environment)?.runs ?? {};
  const servers = lookUp(seen.servers ?? {}, environment) ?? {};
  // The balancer knows instances by their names alone: one of another environment may have the same.
  const isServed = [config.traffic?.stable, config.traffic?.canary].includes(environment);
  return (lookUp(config.environments, environment)?.instances ?? []).map(({ name }) => {
    const server = lookUp(servers, name) ?? null;
    return {
      name,
      environment,
      release: server === null ? (lookUp(runs, name) ?? null) : server.release,
      ...(isServed ? servedState(name, seen, weights.get(name) ?? 0) : unserved),
      server,
    };
  });
}

type ServedInstance = Pick<InstanceSnapshot, 'health' | 'drained' | 'weight' | 'state'>;

const unserved: ServedInstance = { health: null, drained: false, weight: null, state: 'unknown' };

function servedState(name: string, seen: SeenParts, weight: number): ServedInstance {
  const health = healthOf(name, seen);
  const drained = isDrained(name, seen);
  const state = health === null ? 'unknown' : states[health];
  return { health, drained, weight, state: drained ? 'drained' : state };
}

const states = { healthy: 'up', unhealthy: 'down', unknown: 'unknown' } as const;

const isDrained = (name: string, { traffic }: SeenParts): boolean =>
  Object.hasOwn(traffic.state?.drained ?? {}, name);

function healthOf(name: string, { traffic, balancer }: SeenParts): Health | null {
  const seen = lookUp(balancer?.health ?? {}, name);
  return seen ?? worstHealth(traffic.routers.flatMap(({ health }) => lookUp(health, name) ?? []));
}

/** Percent of all requests: each arm's share, on those of it that take any. */
function weightsOf({ environments, traffic }: Pick<Config, 'environments' | 'traffic'>, seen: SeenParts) {
  const { state } = seen.traffic;
  const takers = (arm: string | null | undefined): string[] =>
    (lookUp(environments, arm ?? '')?.instances ?? [])
      .map(({ name }) => name)
      .filter((name) => !isDrained(name, seen) && healthOf(name, seen) !== 'unhealthy');
  const [stable, canary] = [takers(traffic?.stable), takers(traffic?.canary)];
  const share = state === null ? 0 : shareOf(state);
  // An arm that has nobody leaves its share to the other; a canary without one gets nothing, whoever is down.
  const ofCanary = canary.length === 0 || share === 0 ? 0 : stable.length === 0 ? 100 : share;
  const all = state !== null && state.maintenance !== null ? 0 : 1;
  const percent = (of: number, count: number): number => Math.round((all * of * 10) / count) / 10;
  return new Map([
    ...stable.map((name) => [name, percent(100 - ofCanary, stable.length)] as const),
    ...canary.map((name) => [name, percent(ofCanary, canary.length)] as const),
  ]);
}
