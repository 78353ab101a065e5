/** What the leases of the routers say together about who serves, and how much. Pure. */
import type { TrafficLoad } from '../ports/ports.ts';
import type { RouterLease } from './routers.ts';
import { shareOf, type TrafficState } from './state.ts';
import { lookUp } from '../shared/look-up.ts';

/** Every instance that some router knows, in the order of the names. */
export function loadOf(leases: readonly RouterLease[], state: TrafficState | null): TrafficLoad {
  const names = [...new Set(leases.flatMap(({ health }) => Object.keys(health)))].sort();
  return {
    canaryShare: state === null ? 0 : shareOf(state),
    instances: names.map((name) => {
      const serving = leases.filter(({ health }) => Object.hasOwn(health, name));
      return {
        name,
        healthy: serving.every(({ health }) => health[name] === 'healthy'),
        drained:
          (state !== null && Object.hasOwn(state.drained, name)) ||
          serving.some(({ drained }) => drained.includes(name)),
        requestsPerSecond: serving.reduce<number | null>((total, lease) => plus(total, lease, name), 0),
      };
    }),
  };
}

function plus(total: number | null, { rates }: RouterLease, name: string): number | null {
  if (total === null || rates === null) return null;
  return total + (lookUp(rates, name) ?? 0);
}
