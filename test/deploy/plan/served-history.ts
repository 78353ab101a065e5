/** Deploys and ways back as words, played on facts by the functions that plan them: what serves after each of them. */
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { groupsOf } from '../../../src/deploy/plan/groups.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { Plan, PlanInput } from '../../../src/deploy/model/plan.ts';
import { readServed, servedLine } from '../../../src/deploy/model/served.ts';
import { earlierOfGroups, earlierRelease } from '../../../src/deploy/model/ways-back.ts';
import { factsOf } from '../journal/journal-cases.ts';

export interface Fleet {
  facts: Record<string, InstanceFacts>;
  /** Ticks with everything that happens. */
  at: number;
  /** Blue-green: those that are out of the traffic. */
  drained: readonly string[];
  keep: number;
  readonly groups: boolean;
}

const names = ['web-1', 'web-2'];
const tagOf = (name: string): string => (name === 'web-1' ? 'blue' : 'green');

export const newFleet = ({ keep = 5, groups = false } = {}): Fleet => ({
  facts: Object.fromEntries(
    names.map((name) => [name, factsOf({ current: null, releases: [], running: false })]),
  ),
  at: 1000,
  drained: [],
  keep,
  groups,
});

/**
 * `A` deploys A · `back` is a rollback, `back-2` one of web-2 alone, `to:A` one to A · `bad:C` a deploy that fails and is
 * reverted · `hand:A` somebody switches by hand · `A-2` deploys to web-2 alone · `cut:C` died with C in place and unproven.
 */
export function play(fleet: Fleet, words: string): void {
  for (const word of words.split(' ').filter(Boolean)) step(fleet, word);
}

const pattern = /^(?:(back|to|bad|hand|cut)(?::|(?=-|$)))?(\w*)(?:-(\d))?$/;

function step(fleet: Fleet, word: string): void {
  fleet.at += 10;
  const [, kind = 'deploy', id = '', only] = pattern.exec(word) ?? [];
  const on = only === undefined ? names : [`web-${only}`];
  if (kind === 'hand') return each(fleet, on, (own) => ({ ...own, current: id }));
  if (kind === 'bad') return each(fleet, on, (own) => arrived(own, id));
  if (kind === 'cut') return each(fleet, on, (own) => ({ ...arrived(own, id), current: id, running: true }));
  const to = kind === 'back' ? goesTo(fleet, on) : id;
  if (to === null) throw new Error(`${word}: there is nothing to go back to`);
  carry(fleet, planOf(fleet, on, to, kind !== 'deploy'), on.length === names.length);
}

/** Where a rollback would go to now. */
export function goesTo(fleet: Fleet, on: readonly string[] = names): string | null {
  const of = (some: readonly string[]): InstanceFacts[] =>
    some.map((name) => fleet.facts[name] as InstanceFacts);
  if (!fleet.groups) return earlierRelease(of(on));
  const [live, idle] = groups(fleet, null);
  return earlierOfGroups(of(live), of(idle));
}

const groups = (fleet: Fleet, release: string | null) =>
  groupsOf({
    tags: ['blue', 'green'],
    instances: names.map((name) => ({ name, tags: [tagOf(name)] })),
    facts: fleet.facts,
    drained: fleet.drained,
    release,
  });

const planOf = (fleet: Fleet, on: readonly string[], release: string, isRollback: boolean): Plan =>
  makePlan({
    environment: 'production',
    release,
    size: isRollback ? null : { packed: 1, unpacked: 1 },
    instances: on.map((name) => ({ name, keep: fleet.keep, path: '/srv/shop' })),
    facts: Object.fromEntries(on.map((name) => [name, fleet.facts[name] as InstanceFacts])),
    strategy: fleet.groups ? 'blue-green' : 'rolling',
    batch: [{ count: 1 }],
    maxUnavailable: { count: 1 },
    maxFailures: 0,
    hooks: { prepare: false, once: false, after: false, failure: false },
    balanced: true,
    onFailure: 'revert',
    whole: on.length === names.length,
    groups: fleet.groups ? groups(fleet, release) : null,
  } satisfies PlanInput);

/** What a server has after each action of the plan went well. */
function carry(fleet: Fleet, { release, tracks, retire }: Plan, whole: boolean): void {
  const [old] = retire;
  for (const { instance, previous, back, send, prune } of tracks) {
    const own = fleet.facts[instance] as InstanceFacts;
    if (back === true && send) throw new Error(`${instance} does not hold ${release}`);
    const before = fleet.groups ? (old === undefined ? null : (fleet.facts[old]?.current ?? null)) : previous;
    const line = servedLine({
      at: fleet.at,
      token: fleet.at,
      way: back === true ? 'back' : 'on',
      whole,
      id: release,
      before,
    });
    const mark = own.releases.find(({ id }) => id === release)?.healthyAt ?? fleet.at;
    fleet.facts[instance] = {
      ...own,
      current: release,
      running: true,
      releases: [...own.releases.filter(({ id }) => id !== release), { id: release, healthyAt: mark }].filter(
        ({ id }) => !prune.includes(id),
      ),
      served: [...own.served, ...[readServed(line)].flatMap((one) => one ?? [])].slice(-50),
    };
  }
  if (fleet.groups && tracks.length > 0) fleet.drained = retire;
}

const arrived = (own: InstanceFacts, id: string): InstanceFacts =>
  own.releases.some((one) => one.id === id)
    ? own
    : { ...own, releases: [...own.releases, { id, healthyAt: null }] };

function each(fleet: Fleet, on: readonly string[], change: (own: InstanceFacts) => InstanceFacts): void {
  for (const name of on) fleet.facts[name] = change(fleet.facts[name] as InstanceFacts);
}

/** The servers as an earlier version of Canopy has left them: without a record. */
export function forget(fleet: Fleet): void {
  each(fleet, names, (own) => ({ ...own, served: [] }));
}
