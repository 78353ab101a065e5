/** What the lease of this router says. Pure. */
import type { RouterLease, TrafficState } from '../../traffic/index.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { lookUp } from '../../shared/look-up.ts';

/** Requests of instances that were dropped count for their names: an instance at a new address has its old one behind it. */
export function leaseOf(
  id: string,
  state: TrafficState,
  fleet: Fleet,
  rates: RouterLease['rates'],
  at: number,
): RouterLease {
  const { epoch, version } = state;
  const inFlight: Record<string, number> = {};
  const longLived: Record<string, number> = {};
  for (const member of [...fleet.leaving, ...fleet.members]) {
    inFlight[member.name] = (lookUp(inFlight, member.name) ?? 0) + member.inFlight;
    longLived[member.name] = (lookUp(longLived, member.name) ?? 0) + member.longLived;
  }
  const health = Object.fromEntries(fleet.members.map((member) => [member.name, member.health.state]));
  return { id, epoch, version, drained: Object.keys(state.drained), inFlight, longLived, health, rates, at };
}
