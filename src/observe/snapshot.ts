/** What is known of an application at a moment: what people, programs and the watcher are told is made of this. */
import type { BalancerView } from '../balancer/index.ts';
import type { Journal } from '../deploy/index.ts';
import type { Problem } from '../errors.ts';
import type { Flag } from '../flags/index.ts';
import type { LockRecord } from '../lock/index.ts';
import type { Outcome } from '../shared/verdict.ts';
import type { Health, RouterLease, TrafficState } from '../traffic/index.ts';

/** A value for each environment that was asked about, by its name. */
export type ByEnvironment<T> = Readonly<Record<string, T>>;

export interface TrafficSnapshot {
  /** The split, the alert, who is drained; null: there is none, or it cannot be read. */
  readonly state: TrafficState | null;
  /** The routers that are alive. */
  readonly routers: readonly RouterLease[];
}

/** How far a canary has come. */
export interface RolloutSnapshot {
  readonly release: string;
  /** When it got its first requests, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Of canary.steps, from 0. */
  readonly step: number;
  /** How it has ended; null: it has not. */
  readonly outcome: Outcome | null;
  /** What the judge says; null: nobody has looked yet. */
  readonly sentence: string | null;
}

/** The last deploy of an environment, or the one that runs there. */
export interface DeploySnapshot extends Pick<
  Journal,
  'deploy' | 'action' | 'release' | 'version' | 'by' | 'startedAt' | 'state'
> {
  /** The environment takes no other. */
  readonly blocked: boolean;
  /** `deploy --resume` goes on with it. */
  readonly resumable: boolean;
  /** What it does now. */
  readonly doing: readonly { readonly kind: string; readonly instance: string }[];
  /** What its instances run by its journal; null: nothing, or it is not known. */
  readonly runs: Readonly<Record<string, string | null>>;
}

/** What a server says of its instance. */
export interface ServerSnapshot {
  readonly release: string | null;
  /** Canopy did not deploy it. */
  readonly foreign: boolean;
  /** What stands where something else is expected, as far as it is known; null: nothing. */
  readonly layout: string | null;
  readonly running: boolean;
  /** Releases that it holds and that once passed their gate. */
  readonly healthyReleases: readonly string[];
  /** Why it was not reached; null when it was. */
  readonly unreachable: string | null;
}

/** What the canary has got since its share last changed. */
export interface ObservedSplit {
  /** Requests that were split. */
  readonly requests: number;
  /** Percent of them that the canary got. */
  readonly share: number;
  /** What that share may be by chance, 95 %; null: an older router does not tell. */
  readonly bound: { readonly low: number; readonly high: number } | null;
  /** Requests beside them that a header has sent to their side. */
  readonly forced: number;
}

export interface AppSnapshot {
  readonly traffic: TrafficSnapshot;
  /** Null: no canary was begun, or nothing is known of it. */
  readonly rollout: RolloutSnapshot | null;
  /** Who holds each environment; null: nobody, or that cannot be read. */
  readonly locks: ByEnvironment<LockRecord | null>;
  readonly deploys: ByEnvironment<DeploySnapshot | null>;
  readonly flags: readonly Flag[];
  /** Each instance, by its name. */
  readonly servers: ByEnvironment<Readonly<Record<string, ServerSnapshot>>>;
  /** Who splits the traffic, and where it differs from what is wanted; null without a traffic section. */
  readonly balancer: BalancerView | null;
  /** Null: nobody could be asked, or nothing was counted. */
  readonly counted: ObservedSplit | null;
}

/** The parts that were asked for, all of one moment. */
export type Observed<P extends keyof AppSnapshot> = Pick<AppSnapshot, P> & {
  readonly app: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Records that cannot be read, each with the way out: what stands in them is missing here. */
  readonly unreadable: readonly Problem[];
};

/** What all parts together say of one instance. */
export interface InstanceSnapshot {
  readonly name: string;
  readonly environment: string;
  /** As its server says; where that was not asked, as the last deploy has left it. Null: nothing, or it is not known. */
  readonly release: string | null;
  /** What the balancer says; null when none serves it. */
  readonly health: Health | null;
  readonly drained: boolean;
  /** Percent of all requests that it is to get now; null: the balancer has no requests for it. */
  readonly weight: number | null;
  /** `drained` whatever its health is; `unknown`: nobody who serves it says. */
  readonly state: 'up' | 'down' | 'drained' | 'unknown';
  /** Null: it was not asked. */
  readonly server: ServerSnapshot | null;
}
