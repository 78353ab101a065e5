/** From facts to a plan: what each instance goes through, and what stands against it. Pure. */
import { problem, type Problem } from '../errors.ts';
import { showSize } from '../units.ts';
import { healthyReleases, type InstanceFacts } from './facts.ts';

export interface PlanInput {
  readonly environment: string;
  readonly release: string;
  /** Bytes of the archive and of what it unpacks to; null when no archive is sent (a rollback). */
  readonly size: { readonly packed: number; readonly unpacked: number } | null;
  readonly instances: readonly { readonly name: string; readonly keep: number; readonly path: string }[];
  readonly facts: Readonly<Record<string, InstanceFacts>>;
  readonly batch: number;
  readonly hooks: { readonly prepare: boolean; readonly once: boolean; readonly after: boolean };
  readonly balanced: boolean;
  readonly onFailure: 'revert' | 'freeze';
}

export interface Track {
  readonly instance: string;
  /** What ran before: a revert goes back to it. */
  readonly previous: string | null;
  /** Whether the release has to be sent. */
  readonly send: boolean;
  /** Releases to delete at the end. */
  readonly prune: readonly string[];
}

export interface Plan {
  readonly environment: string;
  readonly release: string;
  readonly tracks: readonly Track[];
  /** Instances that already run the release and are left alone. */
  readonly unchanged: readonly string[];
  readonly batches: readonly (readonly string[])[];
  readonly hooks: PlanInput['hooks'];
  readonly balanced: boolean;
  readonly onFailure: 'revert' | 'freeze';
}

export function makePlan(input: PlanInput): Plan {
  const todo = input.instances.filter(({ name }) => !runs(input.facts[name], input.release));
  const tracks = todo.map(({ name, keep }) => {
    const facts = input.facts[name];
    return {
      instance: name,
      previous: facts?.current ?? null,
      send: !facts?.releases.some((release) => release.id === input.release),
      prune: facts ? pruned(facts, input.release, keep) : [],
    };
  });
  const batches: string[][] = [];
  for (let at = 0; at < todo.length; at += input.batch)
    batches.push(todo.slice(at, at + input.batch).map(({ name }) => name));
  return {
    environment: input.environment,
    release: input.release,
    tracks,
    unchanged: input.instances
      .map(({ name }) => name)
      .filter((name) => !todo.some((item) => item.name === name)),
    batches,
    hooks: input.hooks,
    balanced: input.balanced,
    onFailure: input.onFailure,
  };
}

/** Everything that stands against the plan, for all instances at once: nothing has been touched yet. */
export function objections(input: PlanInput): Problem[] {
  return input.instances.flatMap(({ name, path }) => {
    const facts = input.facts[name];
    if (!facts || runs(facts, input.release)) return [];
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

const runs = (facts: InstanceFacts | undefined, release: string): boolean =>
  facts !== undefined &&
  facts.current === release &&
  facts.running &&
  facts.releases.some((item) => item.id === release && item.healthyAt !== null);

/**
 * What may go: healthy releases beyond the newest `keep` (the new one counts), and releases that never passed their gate.
 * Never the new one, the one that runs now, or the newest healthy one to go back to.
 */
function pruned(facts: InstanceFacts, release: string, keep: number): string[] {
  const healthy = healthyReleases(facts).filter((id) => id !== release);
  const stay = new Set([release, facts.current, healthy[0], ...healthy.slice(0, keep - 1)]);
  return facts.releases.map((item) => item.id).filter((id) => !stay.has(id));
}
