/** The port of whoever splits the traffic; part of ports.ts. */

/** Takes instances out of the traffic and puts them back. */
export interface Balancer {
  /** Throws when nothing lives that could take part: asked before anything is touched. */
  check(): Promise<void>;
  /** Instances that are out of the traffic now. */
  drained(): Promise<readonly string[]>;
  /** Resolves when no request is in flight on it, or when `timeoutMs` has passed: then `cut` says how many were left. */
  drain(instance: string, timeoutMs: number): Promise<{ readonly cut: number }>;
  /** Back in; resolves when the balancer has taken the instance up again. */
  ready(instance: string, timeoutMs: number): Promise<void>;
  /** Who serves, and how much: of the last minute, as all that take part have counted. */
  load(): Promise<TrafficLoad>;
  /** Puts right, and tells, where somebody differs from the present state; whoever follows it by itself is left alone. */
  reconcile(): Promise<void>;
  /** Waits until all that take part have applied the present state; those that have not in time are returned. */
  settle(timeoutMs: number): Promise<readonly string[]>;
}

export interface TrafficLoad {
  readonly instances: readonly InstanceLoad[];
  /** Percent of the requests that the canary gets now. */
  readonly canaryShare: number;
}

export interface InstanceLoad {
  readonly name: string;
  /** Found healthy by all that send it requests. */
  readonly healthy: boolean;
  readonly drained: boolean;
  /** Over the last minute; null: somebody does not tell. */
  readonly requestsPerSecond: number | null;
}
