/** What turned red or green becomes incidents: new ones, and others that it joins. Pure. */
import type { Surroundings } from './climb.ts';
import { isRed, type Incident, type Rung, type Severity } from './incident.ts';
import { FLAP_MS, next, turn } from './next.ts';

/** A rule, and what it does when it opens an incident: worked out of canopy.yml. */
export interface Opening {
  readonly rule: string;
  readonly severity: Severity;
  readonly policy: string | null;
  readonly ladder: readonly Rung[];
  /** What it does beside telling. */
  readonly acts: readonly string[];
}

interface Turned {
  readonly opening: Opening;
  readonly red: readonly string[];
  readonly green: readonly string[];
}

/** Targets of a rule that turn red so soon after an incident of it was opened join that one. */
const JOIN_MS = 30_000;

/**
 * `known`: incidents that are not over, and those that ended within the last ten minutes. `newId` is asked for each new one.
 */
export function collect(
  known: readonly Incident[],
  turned: readonly Turned[],
  now: number,
  around: Surroundings,
  newId: (rule: string, target: string) => string,
): Incident[] {
  const incidents = [...known];
  for (const one of turned) collectRule(incidents, one, now, newId);
  return incidents.map((incident) => next(incident, { is: 'tick' }, now, around));
}

function collectRule(
  incidents: Incident[],
  { opening, red, green }: Turned,
  now: number,
  newId: (rule: string, target: string) => string,
): void {
  const own = [...incidents.entries()].filter(([, one]) => one.rule === opening.rule && isHeld(one));
  if (own.length === 0 && red.length === 0) return;
  const heldBy = new Map(own.flatMap(([at, { targets }]) => targets.map(({ name }) => [name, at] as const)));
  for (const [at, names] of groupedBy(green, heldBy)) turnAt(incidents, at, names, false, now);
  for (const [at, names] of groupedBy(red, heldBy)) turnAt(incidents, at, names, true, now);
  const rest = red.filter((name) => !heldBy.has(name));
  const [first] = rest;
  if (first === undefined) return;
  const [joined = null] = own.find(([at]) => isJoinable(incidents[at], now)) ?? [];
  if (joined !== null) return turnAt(incidents, joined, rest, true, now);
  const changes = changesOf(incidents, opening.rule, rest, now);
  incidents.push(turn(opened(opening, newId(opening.rule, first), changes, now), rest, true, now));
}

/** Its targets belong to it yet. */
const isHeld = (incident: Incident): boolean => incident.state !== 'resolved' || isRed(incident);

const isJoinable = (incident: Incident | undefined, now: number): boolean =>
  incident !== undefined &&
  incident.state !== 'resolved' &&
  isRed(incident) &&
  now - incident.openedAt <= JOIN_MS;

function groupedBy(names: readonly string[], heldBy: ReadonlyMap<string, number>): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const name of names) {
    const at = heldBy.get(name);
    if (at !== undefined) {
      const group = groups.get(at) ?? [];
      group.push(name);
      groups.set(at, group);
    }
  }
  return groups;
}

function turnAt(
  incidents: Incident[],
  at: number,
  names: readonly string[],
  red: boolean,
  now: number,
): void {
  const incident = incidents[at];
  if (incident !== undefined) incidents[at] = turn(incident, names, red, now);
}

/** One that comes back soon flaps: the changes of the one before count. */
const changesOf = (
  incidents: readonly Incident[],
  rule: string,
  names: readonly string[],
  now: number,
): number[] =>
  incidents
    .filter((one) => one.rule === rule && one.resolvedAt !== null && now - one.resolvedAt < FLAP_MS)
    .filter((one) => one.targets.some(({ name }) => names.includes(name)))
    .flatMap(({ changes }) => changes)
    .filter((at) => now - at < FLAP_MS)
    .sort((a, b) => a - b);

function opened(
  { acts, ...opening }: Opening,
  id: string,
  changes: readonly number[],
  now: number,
): Incident {
  return {
    ...opening,
    id,
    state: 'open',
    targets: [],
    openedAt: now,
    resolvedAt: null,
    resolvedBy: null,
    acknowledgedBy: null,
    acknowledgedUntil: null,
    level: 0,
    climbedAt: null,
    toldAt: null,
    repeats: 0,
    changes,
    deliveries: [],
    reactions: acts.map((act) => ({ act, at: now, outcome: null })),
    timeline: [],
  };
}
