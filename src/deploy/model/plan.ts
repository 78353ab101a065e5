/** What a plan is made from, and what it says: names and words alone. Pure. */
import type { Rollout, Share } from '../../config/types.ts';
import type { InstanceFacts } from './facts.ts';

export interface PlanInput {
  readonly environment: string;
  readonly release: string;
  /** Bytes of the archive and of what it unpacks to; null when no archive is sent (a rollback). */
  readonly size: { readonly packed: number; readonly unpacked: number } | null;
  readonly instances: readonly {
    readonly name: string;
    readonly keep: number;
    readonly path: string;
    /** Who is logged in there, where the address says so. */
    readonly user?: string | null;
  }[];
  readonly facts: Readonly<Record<string, InstanceFacts>>;
  readonly strategy: Rollout['strategy'];
  readonly batch: readonly Share[];
  readonly maxUnavailable: Share;
  readonly maxFailures: number;
  readonly hooks: {
    readonly prepare: boolean;
    readonly once: boolean;
    readonly after: boolean;
    readonly failure: boolean;
  };
  readonly balanced: boolean;
  readonly onFailure: Rollout['onFailure'];
  /** Blue-green: the names of both groups, the one that serves now first. Null otherwise. */
  readonly groups: readonly [live: readonly string[], idle: readonly string[]] | null;
  /** What a deploy that never ended would have gone back to. */
  readonly before?: Readonly<Record<string, string | null>>;
  /** Instances that run the release and are not healthy with it: they are deployed to as if they lacked it. */
  readonly sick?: readonly string[];
  /** Whether these are all instances of the environment. */
  readonly whole: boolean;
  /** Instances that serve nobody now: they come first, so that they do not keep the others from leaving. */
  readonly out?: readonly string[];
}

export interface Track {
  readonly instance: string;
  /** What a revert goes back to: what runs now, when it once passed its gate; else the newest that did. */
  readonly previous: string | null;
  /** What runs now, when that is another: a run that died has left it. It goes back with the others, also when it was not touched. */
  readonly astray?: string;
  /** `previous` is what Canopy did not deploy, and it did not run: it is put back, and not started. */
  readonly stopped?: boolean;
  /** Whether the release has to be sent. */
  readonly send: boolean;
  /** Blue-green: it runs the release already, and only has to be proven and switched to. */
  readonly warm: boolean;
  /** A rollback: the release has served before what serves now. */
  readonly back?: boolean;
  /** Releases to delete at the end. */
  readonly prune: readonly string[];
}

/** Names and words alone: it is written to the journal and to plan files. */
export interface Plan {
  readonly environment: string;
  readonly release: string;
  readonly strategy: Rollout['strategy'];
  readonly tracks: readonly Track[];
  /** Instances that already run the release and are left alone. */
  readonly unchanged: readonly string[];
  readonly batches: readonly (readonly string[])[];
  /** Blue-green: the instances that serve until the switch. */
  readonly retire: readonly string[];
  readonly hooks: PlanInput['hooks'];
  readonly balanced: boolean;
  readonly maxFailures: number;
  readonly onFailure: Rollout['onFailure'];
}

const indexes = new WeakMap<Plan, ReadonlyMap<string, Track>>();

/** The track of an instance; looked up in an index that is made once a plan. */
export function trackOf(plan: Plan, instance: string): Track | undefined {
  let index = indexes.get(plan);
  if (!index) indexes.set(plan, (index = new Map(plan.tracks.map((track) => [track.instance, track]))));
  return index.get(instance);
}
