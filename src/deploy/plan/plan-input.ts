/** What a plan is made from. */
import type { Rollout, Share } from '../../config/types.ts';
import type { InstanceFacts } from '../model/facts.ts';

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
