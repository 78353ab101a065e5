/**
 * The circuit of one instance: what its requests say, beside what its checks say. Pure. Two things are asked of an
 * instance. Is anybody there? That is health: checks, and connections that are refused (health.ts). Does it answer? That
 * is the circuit: failures in a row open it for a growing time, then one request tries it. It only chooses among those
 * that are healthy, and never takes more than a part of them.
 */
import type { CircuitConfig } from '../../config/types.ts';

export interface Circuit {
  /** In a row, while it is closed. */
  readonly failures: number;
  /** How often it was opened, one after the other: the wait is doubled each time. */
  readonly trips: number;
  /** Open, and nothing is sent before this time. 0: closed. */
  readonly until: number;
  /** A request is trying it: its answer decides. Without a verdict the next one tries when the time is up again. */
  readonly trying: boolean;
  /** When it was last closed. */
  readonly closedAt: number;
}

export const closedCircuit: Circuit = { failures: 0, trips: 0, until: 0, trying: false, closedAt: 0 };

export const isOpen = (circuit: Circuit): boolean => circuit.until !== 0;

/** Whether a request may be sent at `now` (milliseconds of any steady clock). */
export const admits = (circuit: Circuit, now: number): boolean => circuit.until === 0 || now >= circuit.until;

/** A request has been sent: when it was open, this is the trial. */
export function tried(circuit: Circuit, now: number, rules: CircuitConfig): Circuit {
  if (circuit.until === 0 || now < circuit.until) return circuit;
  return { ...circuit, trying: true, until: now + waitOf(circuit.trips, rules) };
}

/** The instance has answered. The very same value when that is no news. */
export function answered(circuit: Circuit, now: number): Circuit {
  if (circuit.until === 0) return circuit.failures === 0 ? circuit : { ...circuit, failures: 0 };
  return circuit.trying ? { ...closedCircuit, trips: circuit.trips, closedAt: now } : circuit;
}

/** A request has failed on the instance. */
export function failedOn(circuit: Circuit, now: number, rules: CircuitConfig): Circuit {
  if (rules.failures === 0) return circuit;
  if (circuit.until !== 0) return circuit.trying ? opened(circuit.trips + 1, now, rules) : circuit;
  const failures = circuit.failures + 1;
  if (failures < rules.failures) return { ...circuit, failures };
  // A long calm since the last time: it begins anew.
  const before = now - circuit.closedAt >= rules.longestMs ? 0 : circuit.trips;
  return opened(before + 1, now, rules);
}

/** Whether so many open circuits are too many: then all healthy instances take part. */
export const isPanic = (open: number, healthy: number, rules: CircuitConfig): boolean =>
  open * 100 > healthy * rules.atMost;

const opened = (trips: number, now: number, rules: CircuitConfig): Circuit => ({
  ...closedCircuit,
  trips,
  until: now + waitOf(trips, rules),
});

/** Milliseconds that it stays open the nth time. */
const waitOf = (trips: number, { openMs, longestMs }: CircuitConfig): number =>
  Math.min(longestMs, openMs * 2 ** Math.min(30, Math.max(0, trips - 1)));
