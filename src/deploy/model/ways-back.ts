/**
 * What served when, from the record that a server keeps, and so what is gone back to: what served before what serves now.
 * Deploys pile up, a way back takes off what it goes back from: going back twice goes back two, never to and fro. Pure.
 */
import type { InstanceFacts } from './facts.ts';
import type { ServedRecord } from './served.ts';
import { holds, holdsProven, isForeign } from './site.ts';

type KnownReleases = Pick<InstanceFacts, 'current' | 'releases' | 'served' | 'foreign' | 'engine'>;

interface Layer {
  readonly id: string;
  /** It served on all instances. */
  readonly whole: boolean;
}

/** What would be gone back to after each other, the last of the list first. A line that is noted twice changes nothing. */
function stackOf(lines: readonly ServedRecord[]): readonly Layer[] {
  const stack: Layer[] = [];
  const backTo = (id: string): boolean => {
    const at = stack.findLastIndex((layer) => layer.id === id);
    if (at >= 0) stack.length = at + 1;
    return at >= 0;
  };
  for (const { way, whole, id, before } of lines) {
    // What somebody has switched to by hand in between.
    if (before !== null && !backTo(before)) stack.push({ id: before, whole: false });
    if (way === 'back' && backTo(id)) continue;
    // It lies beneath all that the record knows.
    if (way === 'back') stack.length = 0;
    if (stack.at(-1)?.id !== id) stack.push({ id, whole });
  }
  return stack;
}

/**
 * Releases in the order in which they are gone back to, what serves now first where it once passed its gate. What the record does
 * not reach (a server that has none, or whose record begins later) is told by when each passed for the first time.
 */
export function waysBack(facts: KnownReleases): string[] {
  const { served, current, releases } = facts;
  const marks = releases
    .filter(({ healthyAt }) => healthyAt !== null)
    .sort((a, b) => (b.healthyAt ?? 0) - (a.healthyAt ?? 0))
    .map(({ id, healthyAt }) => ({ id, at: healthyAt ?? 0 }));
  const record = stackOf(served).map(({ id }) => id);
  const [oldest] = record;
  const since = marks.find(({ id }) => id === oldest)?.at ?? served[0]?.at ?? Infinity;
  const isKnown = oldest !== undefined || isForeign(facts, current);
  const isReached = current !== null && isKnown && holdsProven(facts, current);
  const stack = isReached ? upTo(record, current) : record;
  const earlier = marks.filter(({ id, at }) => at < since && !stack.includes(id)).map(({ id }) => id);
  return [...new Set([...[...stack].reverse(), ...earlier])];
}

function upTo(ids: readonly string[], id: string): readonly string[] {
  const at = ids.lastIndexOf(id);
  return at < 0 ? [...ids, id] : ids.slice(0, at + 1);
}

/**
 * Releases that passed their gate, and what Canopy did not deploy, in the order in which they are gone back to; what was gone back from
 * comes last.
 */
export function healthyReleases(facts: KnownReleases): string[] {
  const ways = waysBack(facts).filter((id) => holdsProven(facts, id));
  return [...ways, ...waysBack({ ...facts, served: [] }).filter((id) => !ways.includes(id))];
}

/** The last release before the present one that served on all instances; null when the record knows none. */
export const lastOnAll = ({ served, current }: Pick<KnownReleases, 'served' | 'current'>): string | null =>
  stackOf(served).findLast(({ id, whole }) => whole && id !== current)?.id ?? null;

/** The facts as they are when `line` has been noted, and the release it names has passed its gate. */
export function afterwards(facts: InstanceFacts, line: ServedRecord): InstanceFacts {
  const known = facts.releases.find(({ id }) => id === line.id);
  const passed = { id: line.id, healthyAt: known?.healthyAt ?? line.at };
  return {
    ...facts,
    current: line.id,
    running: true,
    releases: isForeign(facts, line.id)
      ? facts.releases
      : [...facts.releases.filter((one) => one !== known), passed],
    served: [...facts.served, line],
  };
}

/**
 * The release to go back to: what served before the present one on all instances, and is still there on all. Where they run
 * different ones, or what never passed its gate, or nothing, that is the last that served on all of them. Null: there is none.
 * `left`: what a deploy in between has come from, or a rollback was on its way to, as long as they do not all run it.
 */
export function earlierRelease(all: readonly InstanceFacts[], left: string | null = null): string | null {
  if (all.length === 0) return null;
  if (left !== null && isLeft(all, left)) return left;
  const order = waysOfAll(all);
  const [current, ...others] = new Set(all.map((facts) => facts.current));
  // Where they run different ones, or what no way leads back to, it is the first of them.
  const at = others.length > 0 ? -1 : order.indexOf(current ?? '');
  const isSkipped = at >= 0 && all.every((facts) => facts.running);
  return order[isSkipped ? at + 1 : Math.max(at, 0)] ?? null;
}

/** All of them hold it, and not all of them run it. */
const isLeft = (all: readonly InstanceFacts[], id: string): boolean =>
  all.every((facts) => holds(facts, id)) && !all.every(({ current, running }) => running && current === id);

/** What all of them hold, as the first of them would go back to it; where there is any, what has served on all of them. */
function waysOfAll(all: readonly InstanceFacts[]): readonly string[] {
  const [first = [], ...others] = all.map((facts) => waysBack(facts));
  const held = first.filter((id) => all.every((facts) => holds(facts, id)));
  const common = held.filter((id) => others.every((own) => own.includes(id)));
  return common.length > 0 ? common : held;
}

/**
 * The same of two groups: what served before, in either of them, that the idle one can be switched to. Without a record it is what
 * the idle one was left with.
 */
export function earlierOfGroups(
  live: readonly InstanceFacts[],
  idle: readonly InstanceFacts[],
): string | null {
  const [serving] = live;
  if (serving === undefined || [...live, ...idle].every(({ served }) => served.length === 0)) {
    const [left, ...others] = new Set(idle.map(({ current }) => current));
    return others.length === 0 ? (left ?? null) : null;
  }
  const ways = waysOfGroups(live, idle).filter((id) => id !== serving.current);
  return ways.find((id) => idle.every((facts) => holdsProven(facts, id))) ?? null;
}

/** The ways back of both groups together: each knows of the deploys that it got itself. */
export const waysOfGroups = (live: readonly InstanceFacts[], idle: readonly InstanceFacts[]): string[] =>
  waysBack({
    served: [...live, ...idle].flatMap(({ served }) => served).sort((a, b) => a.token - b.token),
    current: live[0]?.current ?? null,
    releases: [...live, ...idle].flatMap(({ releases }) => releases),
    foreign: [...live, ...idle].flatMap(({ foreign }) => foreign),
    engine: live[0]?.engine ?? null,
  });
