/** One instance behind the router. */
import type { Seen } from '../../traffic/index.ts';
import { closedCircuit } from '../pick/circuit.ts';
import { newCounters, type Counters } from './counters.ts';
import { unknownHealth, type Health } from './health.ts';
import type { InTurn } from '../pick/turns.ts';
import type { Upstream } from '../upstream/upstream.ts';

export type Arm = 'stable' | 'canary';

export interface Member extends InTurn {
  readonly name: string;
  readonly arm: Arm;
  readonly upstream: Upstream;
  /** Of the requests that were split: the release is judged by them. */
  readonly counters: Counters;
  /** Of those that a header has sent here. */
  readonly forced: Counters;
  health: Health;
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

export const newMember = (origin: Origin, drained: boolean): Member => ({
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

export const isUsable = (member: Member): boolean =>
  !member.drained &&
  (member.health.state === 'healthy' || (member.hinted && member.health.state === 'unknown'));

/** What a lease says of it. */
export const seenOf = (member: Member): Seen => member.health.state;
