/** One instance behind the router. */
import { closedCircuit } from '../split/circuit-breaker.ts';
import { newCounters, type Counters } from './counters.ts';
import { unknownHealth, type MemberHealth } from './health.ts';
import type { RoundRobinMember } from '../split/round-robin.ts';
import type { Upstream } from '../upstream/upstream.ts';

export type Arm = 'stable' | 'canary';

export interface FleetMember extends RoundRobinMember {
  readonly name: string;
  readonly arm: Arm;
  readonly upstream: Upstream;
  /** Of the requests that were split: the release is judged by them. */
  readonly counters: Counters;
  /** Of those that a header has sent here. */
  readonly forced: Counters;
  health: MemberHealth;
  /** Healthy when the router was last stopped: stands in for the first check. */
  hinted: boolean;
  drained: boolean;
  inFlight: number;
  /** Of those in flight: tunnels and event streams. */
  longLived: number;
  /** When this router took it out, by the clock of `performance.now()`. */
  drainedAt: number;
}

export interface Origin {
  readonly name: string;
  readonly arm: Arm;
  readonly upstream: Upstream;
}

export const newMember = (origin: Origin, drained: boolean): FleetMember => ({
  ...origin,
  counters: newCounters(),
  forced: newCounters(),
  health: unknownHealth,
  hinted: false,
  drained,
  inFlight: 0,
  longLived: 0,
  drainedAt: 0,
  circuit: closedCircuit,
  warmSince: 0,
  credit: 0,
});

export const isUsable = (member: FleetMember): boolean =>
  !member.drained &&
  (member.health.state === 'healthy' || (member.hinted && member.health.state === 'unknown'));
