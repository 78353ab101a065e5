/** From facts to a plan: what each instance goes through, and what stands against it. Pure. */
import type { Rollout, Share } from '../../config/types.ts';
import { problem, type Problem } from '../../errors.ts';
import { sizeOf } from '../../share.ts';
import { showSize } from '../../units.ts';
import { batchesOf } from './batches.ts';
import { hasRunOnce, healthyReleases, runsProven, type InstanceFacts } from './facts.ts';

export interface PlanInput {
  readonly environment: string;
  readonly release: string;
  /** Bytes of the archive and of what it unpacks to; null when no archive is sent (a rollback). */
  readonly size: { readonly packed: number; readonly unpacked: number } | null;
  readonly instances: readonly { readonly name: string; readonly keep: number; readonly path: string }[];
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
  /** Instances that serve nobody now: they come first, so that they do not keep the others from leaving. */
  readonly out?: readonly string[];
}

export interface Track {
  readonly instance: string;
  /** What a revert goes back to: what runs now, when it once passed its gate; else the newest that did. */
  readonly previous: string | null;
  /** What runs now, when that is another: a run that died has left it. It goes back with the others, also when it was not touched. */
  readonly astray?: string;
  /** Whether the release has to be sent. */
  readonly send: boolean;
  /** Blue-green: it runs the release already, and only has to be proven and switched to. */
  readonly warm: boolean;
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

export function makePlan(input: PlanInput): Plan {
  const { release, groups, facts } = input;
  const live = groups?.[0] ?? [];
  const idle = groups === null ? null : new Set(groups[1]);
  const out = new Set(input.out);
  const sick = new Set(input.sick);
  const isThere = (name: string): boolean => runsProven(facts[name], release) && !sick.has(name);
  // A group that runs it while the other serves has to be switched to all the same.
  const served = idle !== null && live.length > 0 && live.every(isThere);
  const todo = input.instances
    .filter(({ name }) => (idle === null ? !isThere(name) : !served && idle.has(name)))
    .sort((a, b) => Number(out.has(b.name)) - Number(out.has(a.name)));
  const names = todo.map(({ name }) => name);
  const changing = new Set(names);
  const tracks = todo.map(({ name, keep }) => {
    const own = facts[name];
    const before = input.before?.[name];
    const previous = own ? earlierOf(own, release, before) : null;
    return {
      instance: name,
      previous,
      ...(own && own.current !== null && own.current !== previous ? { astray: own.current } : {}),
      send: !own?.releases.some(({ id }) => id === release),
      warm: idle !== null && isThere(name),
      prune: own ? pruned(own, release, keep) : [],
    };
  });
  return {
    environment: input.environment,
    release,
    strategy: input.strategy,
    tracks,
    unchanged: input.instances
      .map(({ name }) => name)
      .filter((name) => !changing.has(name) && (idle === null || served)),
    batches:
      input.strategy === 'rolling'
        ? batchesOf(names, input.batch, sizeOf(input.maxUnavailable, input.instances.length))
        : names.length > 0
          ? [names]
          : [],
    retire: names.length > 0 ? live : [],
    hooks: {
      ...input.hooks,
      once: input.hooks.once && !Object.values(facts).some((own) => hasRunOnce(own, release)),
    },
    balanced: input.balanced,
    // Frozen is frozen: nothing is put back, not even one.
    maxFailures: input.onFailure === 'freeze' ? 0 : input.maxFailures,
    onFailure: input.onFailure,
  };
}

const indexes = new WeakMap<Plan, ReadonlyMap<string, Track>>();

/** The track of an instance; looked up in an index that is made once a plan. */
export function trackOf(plan: Plan, instance: string): Track | undefined {
  let index = indexes.get(plan);
  if (!index) indexes.set(plan, (index = new Map(plan.tracks.map((track) => [track.instance, track]))));
  return index.get(instance);
}

/** Everything that stands against it, for all instances at once: nothing has been touched yet. */
export function objections(input: PlanInput, plan: Plan): Problem[] {
  return input.instances.flatMap(({ name, path }) => {
    const facts = input.facts[name];
    if (!facts || trackOf(plan, name) === undefined) return [];
    const found: Problem[] = [];
    if (facts.lacks.length > 0)
      found.push(problem('host-lacks', { host: name, tools: facts.lacks.join(', ') }));
    if (facts.readonly !== null)
      found.push(problem('host-readonly', { host: name, folder: facts.readonly, path }));
    for (const file of facts.unshared)
      found.push(problem('shared-missing', { host: name, file: `${path}/shared/${file}` }));
    const has = facts.releases.some((release) => release.id === input.release);
    if (!has && input.size === null)
      found.push(problem('release-missing', { host: name, release: input.release }));
    // The archive, what it unpacks to, and a tenth for the file system's own needs.
    const needed = input.size === null || has ? 0 : (input.size.packed + input.size.unpacked) * 1.1;
    if (facts.freeKb * 1024 < needed) {
      found.push(
        problem('host-space', {
          host: name,
          path,
          free: showSize(facts.freeKb * 1024),
          needed: showSize(needed),
        }),
      );
    }
    return found;
  });
}

/**
 * What runs, when it once passed its gate: what never did is nothing to go back to. Else what ran before that, when somebody
 * knows and it is still there, so that all go back to the same; else the newest that passed.
 */
function earlierOf(facts: InstanceFacts, release: string, before: string | null | undefined): string | null {
  const { current } = facts;
  const healthy = healthyReleases(facts);
  if (current === release && healthy.includes(release)) return servedBefore(facts, release, before);
  if (current === null || healthy.includes(current)) return current;
  if (before === null || (before !== release && facts.releases.some(({ id }) => id === before)))
    return before ?? null;
  return healthy.find((id) => id !== release) ?? (current === release ? null : current);
}

/** What ran before the release that is in place and not healthy now; without one it stays: what serves a little is more than nothing. */
function servedBefore(facts: InstanceFacts, release: string, before: string | null | undefined): string {
  const isHeld = facts.releases.some(({ id }) => id === before);
  if (before !== undefined && before !== null && before !== release && isHeld) return before;
  const healthy = healthyReleases(facts);
  return healthy[healthy.indexOf(release) + 1] ?? release;
}

/**
 * What may go: healthy releases beyond the newest `keep` (the new one counts), and releases that never passed their gate.
 * Never the new one, the one that runs now, or the newest healthy one to go back to.
 */
function pruned(facts: InstanceFacts, release: string, keep: number): string[] {
  const healthy = healthyReleases(facts).filter((id) => id !== release);
  const stay = new Set([release, facts.current, healthy[0], ...healthy.slice(0, keep - 1)]);
  return facts.releases.map((item) => item.id).filter((id) => !stay.has(id));
}
