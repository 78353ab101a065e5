/** How far a drain or a return has come, given the leases of the routers. Pure. */
import type { RouterLease } from './routers.ts';
import { lookUp } from '../shared/look-up.ts';

/** A state by its place in history. */
export interface Version {
  readonly epoch: number;
  readonly version: number;
}

export type DrainProgress =
  /** Every live router has done it. */
  | { readonly kind: 'done' }
  /** `inFlight` requests are left, `longLived` tunnels and event streams, and `deaf` routers have not even acknowledged. */
  | {
      readonly kind: 'wait';
      readonly on: readonly string[];
      readonly inFlight: number;
      readonly longLived: number;
      readonly deaf: number;
    }
  /** No router lives. */
  | { readonly kind: 'none' }
  /** Routers live, but none of them serves this instance. */
  | { readonly kind: 'stranger'; readonly routers: readonly string[] };

/** A drain is done when every live router has applied it and has nothing in flight on the instance. */
export function drainProgress(
  leases: readonly RouterLease[],
  target: Version,
  instance: string,
): DrainProgress {
  if (leases.length === 0) return { kind: 'none' };
  const deaf = leases.filter((lease) => !applied(lease, target) || !lease.drained.includes(instance));
  const busy = leases.filter((lease) => flying(lease, instance) > 0);
  if (deaf.length + busy.length === 0) return { kind: 'done' };
  const all = sum(busy.map((lease) => flying(lease, instance)));
  const longLived = sum(busy.map((lease) => lasting(lease, instance)));
  return {
    kind: 'wait',
    on: [...new Set([...deaf, ...busy].map((lease) => lease.id))],
    inFlight: all - longLived,
    longLived,
    deaf: deaf.length,
  };
}

/** A return is done when every live router has applied it, and those that serve the instance find it healthy. */
export function readyProgress(
  leases: readonly RouterLease[],
  target: Version,
  instance: string,
): DrainProgress {
  if (leases.length === 0) return { kind: 'none' };
  const serving = leases.filter((lease) => Object.hasOwn(lease.health, instance));
  if (serving.length === 0) return { kind: 'stranger', routers: leases.map((lease) => lease.id) };
  const waiting = serving.filter(
    (lease) =>
      !applied(lease, target) || lease.drained.includes(instance) || lease.health[instance] !== 'healthy',
  );
  if (waiting.length === 0) return { kind: 'done' };
  return {
    kind: 'wait',
    on: waiting.map((lease) => lease.id),
    inFlight: 0,
    longLived: 0,
    deaf: waiting.length,
  };
}

/** Live routers that have not applied the state yet. */
export const lateRouters = (leases: readonly RouterLease[], target: Version): string[] =>
  leases.filter((lease) => !applied(lease, target)).map((lease) => lease.id);

const applied = (lease: RouterLease, target: Version): boolean =>
  (lease.epoch - target.epoch || lease.version - target.version) >= 0;

const flying = (lease: RouterLease, instance: string): number => lookUp(lease.inFlight, instance) ?? 0;

/** Never more than are in flight at all, whatever a record says. */
const lasting = (lease: RouterLease, instance: string): number =>
  Math.min(flying(lease, instance), lookUp(lease.longLived, instance) ?? 0);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
