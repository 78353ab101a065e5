/** From facts to a plan: what each instance goes through, and what stands against it. Pure. */
import { problem, type Problem } from '../../errors.ts';
import { showSize } from '../../shared/text/units.ts';
import { lookUp } from '../../shared/look-up.ts';
import { hasRunOnce, isBroughtOtherwise, runsProven, type InstanceFacts } from '../model/facts.ts';
import { trackOf, type Plan, type PlanInput, type Track } from '../model/plan.ts';
import { earlierOf } from '../model/previous.ts';
import { afterDeploy, goingBack, pruned } from './retention.ts';
import { holds, isForeign } from '../model/site.ts';
import { earlierRelease } from '../model/ways-back.ts';
import { strategies } from '../strategies/strategies.ts';

export function makePlan(input: PlanInput): Plan {
  const { release, groups, facts } = input;
  const live = groups?.[0] ?? [];
  const idle = groups === null ? null : new Set(groups[1]);
  const out = new Set(input.out);
  const sick = new Set(input.sick);
  // By another unit it is not there as canopy.yml wants it; a rollback takes it as it was.
  const isMoved = (name: string): boolean => input.size !== null && isNotNull(facts[name]?.elsewhere);
  const isThere = (name: string): boolean =>
    runsProven(facts[name], release) && !sick.has(name) && !isMoved(name);
  // A group that runs it while the other serves has to be switched to all the same.
  const served = idle !== null && live.length > 0 && live.every(isThere);
  const todo = input.instances
    .filter(({ name }) => (idle === null ? !isThere(name) : !served && idle.has(name)))
    .sort((a, b) => Number(out.has(b.name)) - Number(out.has(a.name)));
  const names = todo.map(({ name }) => name);
  const changing = new Set(names);
  const previousOf = new Map(
    todo.map(({ name }) => {
      const own = facts[name];
      // It runs the release and is not touched: it only has to be switched to.
      if (idle !== null && isThere(name)) return [name, release];
      return [name, own ? earlierOf(own, release, lookUp(input.before ?? {}, name)) : null];
    }),
  );
  const back = goingBack(input);
  const then = afterDeploy(input, previousOf, back);
  const goesBackTo = earlierRelease(input.instances.flatMap(({ name }) => then.get(name) ?? []));
  const tracks = todo.map(({ name, keep }) => {
    const own = facts[name];
    const previous = previousOf.get(name) ?? null;
    return {
      instance: name,
      previous,
      ...leftBehind(own, previous),
      send: !own || !holds(own, release) || (input.size !== null && isBroughtOtherwise(own, release)),
      warm: idle !== null && isThere(name),
      ...(back(name) ? { back: true } : {}),
      prune: own ? pruned(own, then.get(name) ?? own, { keep, goesBackTo }) : [],
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
    batches: names.length === 0 ? [] : strategies[input.strategy].batches(names, input),
    retire: names.length > 0 ? live : [],
    hooks: hooksFor(input),
    balanced: input.balanced,
    // Frozen is frozen: nothing is put back, not even one.
    maxFailures: input.onFailure === 'freeze' ? 0 : input.maxFailures,
    onFailure: input.onFailure,
  };
}

function hooksFor({ hooks, facts, release }: PlanInput): Plan['hooks'] {
  const all = Object.values(facts);
  return {
    ...hooks,
    // Nothing is prepared in what Canopy did not deploy.
    prepare: hooks.prepare && !all.some((own) => isForeign(own, release)),
    once: hooks.once && !all.some((own) => hasRunOnce(own, release)),
  };
}

const isNotNull = (value: unknown): boolean => value !== null && value !== undefined;

/** What is there and is not what it goes back to, or does not run. */
function leftBehind(
  facts: InstanceFacts | undefined,
  previous: string | null,
): Pick<Track, 'astray' | 'stopped'> {
  if (facts === undefined) return {};
  const { current } = facts;
  return {
    ...(current !== null && current !== previous ? { astray: current } : {}),
    ...(isStopped(facts, previous) ? { stopped: true } : {}),
  };
}

const isStopped = (facts: InstanceFacts, previous: string | null): boolean =>
  previous !== null && previous === facts.current && isForeign(facts, previous) && !facts.running;

/** Everything that stands against it, for all instances at once: nothing has been touched yet. */
export function objections(input: PlanInput, plan: Plan): Problem[] {
  return input.instances.flatMap(({ name, path, user = null }) => {
    const facts = input.facts[name];
    if (!facts || trackOf(plan, name) === undefined) return [];
    const { release, size } = input;
    const isMissing = size === null && !holds(facts, release);
    return [
      ...(facts.lacks.length > 0
        ? [problem('host-lacks', { host: name, tools: facts.lacks.join(', ') })]
        : []),
      ...notWritable(name, path, user, facts),
      ...facts.unshared.map((file) =>
        problem('shared-missing', { host: name, file: `${path}/shared/${file}` }),
      ),
      ...(isMissing ? [problem('release-missing', { host: name, release })] : []),
      ...(trackOf(plan, name)?.send === true ? tooSmall(name, path, facts, size) : []),
    ];
  });
}

function notWritable(host: string, path: string, user: string | null, facts: InstanceFacts): Problem[] {
  const { readonly: folder, fixed: mount } = facts;
  if (folder === null) return [];
  // All that lies there is Canopy's own.
  const owner = `${folder === `${path}/.canopy` ? '-R ' : ''}${user ?? 'THE_SSH_USER'}`;
  const own = folder.startsWith(`${path}/`) ? folder : path;
  return [problem('host-readonly', { host, folder, mount, user: owner, path: own })];
}

/** The archive, what it unpacks to, and a tenth for the file system's own needs. */
function tooSmall(host: string, path: string, { freeKb }: InstanceFacts, size: PlanInput['size']): Problem[] {
  const needed = size === null ? 0 : (size.packed + size.unpacked) * 1.1;
  const free = freeKb * 1024;
  if (free >= needed) return [];
  return [problem('host-space', { host, path, free: showSize(free), needed: showSize(needed) })];
}
