/** A random fleet, a random way to roll it out, and what will go wrong. */
import type { Share } from '../../../src/config/types.ts';
import type { Action, ActionKind, Halt } from '../../../src/deploy/model/actions.ts';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { groupsOf } from '../../../src/deploy/plan/groups.ts';
import { makePlan } from '../../../src/deploy/plan/plan.ts';
import type { PlanInput } from '../../../src/deploy/model/plan.ts';
import { sizeOf } from '../../../src/shared/share.ts';
import type { Chance } from '../random.ts';
import type { Fate, Show } from './play.ts';
import type { Start } from './world.ts';

const release = 'r9';
const tags = ['blue', 'green'] as const;
const uploads = 20;

export interface Member extends Start {
  readonly facts: InstanceFacts;
  readonly tags: readonly string[];
}

/** So many instances; some run the release already, some nothing, some an earlier one, some are stopped or out of the traffic. */
export function fleetOf(size: number, chance: Chance): Member[] {
  const odd = chance.pick([0, 0.02, 0.2]);
  return Array.from({ length: size }, (_, at) => {
    const held = ['r1', 'r2', 'r3'].slice(0, chance.int(1, 3));
    const has = chance.hit(odd) ? [...held, release] : held;
    const current = chance.hit(odd) ? null : chance.hit(odd) ? (has.at(-1) ?? null) : (held.at(-1) ?? null);
    const releases = has.map((id, order) => ({ id, healthyAt: chance.hit(odd) ? null : order + 1 }));
    const running = current !== null && !chance.hit(odd);
    return {
      name: `web-${at + 1}`,
      current,
      running,
      serves: running && !chance.hit(odd / 4),
      tags: [tags[at % 2] ?? 'blue'],
      facts: factsOf(current, running, releases),
    };
  });
}

/** A server that answered, and said nothing. */
const nothing = parseFacts('canopy\tfacts\nfree\t1000000\nend\tfacts');

function factsOf(
  current: string | null,
  running: boolean,
  releases: InstanceFacts['releases'],
): InstanceFacts {
  if (nothing === null) throw new Error('the facts of a server have another form by now');
  return { ...nothing, current, running, releases };
}

/** What canopy.yml might say, and what the facts are. */
export function inputOf(members: readonly Member[], chance: Chance): PlanInput {
  const strategy = chance.pick(['rolling', 'rolling', 'rolling', 'all-at-once', 'blue-green'] as const);
  const batch = batchFor(members.length, chance);
  const largest = batch.reduce((most, share) =>
    sizeOf(share, members.length) > sizeOf(most, members.length) ? share : most,
  );
  const facts = Object.fromEntries(members.map((member) => [member.name, member.facts]));
  const idle = chance.pick([...tags, 'neither']);
  const drained = members.filter((member) => member.tags.includes(idle)).map(({ name }) => name);
  const hook = (): boolean => chance.hit(0.3);
  return {
    environment: 'production',
    release,
    size: { packed: 1000, unpacked: 4000 },
    instances: members.map(({ name }) => ({ name, keep: 3, path: '/srv/shop' })),
    facts,
    whole: true,
    strategy,
    batch,
    maxUnavailable:
      batch.length > 1 && chance.hit(0.5) ? { count: chance.int(1, Math.ceil(members.length / 4)) } : largest,
    maxFailures: chance.pick([0, 0, 1, Math.ceil(members.length / 100), members.length]),
    hooks: { prepare: hook(), once: hook(), after: hook(), failure: hook() },
    balanced: strategy === 'blue-green' || chance.hit(0.8),
    onFailure: chance.pick(['revert', 'revert', 'continue', 'freeze'] as const),
    groups:
      strategy === 'blue-green' ? groupsOf({ tags, instances: members, facts, drained, release }) : null,
    out: members.filter(({ running, serves }) => running && !serves).map(({ name }) => name),
  };
}

function batchFor(size: number, chance: Chance): readonly [Share, ...Share[]] {
  const few = { count: chance.int(1, Math.min(50, size)) };
  return chance.pick([
    [{ count: 1 }],
    [few],
    [{ percent: chance.int(1, 50) }],
    [{ count: 1 }, { percent: 25 }, { percent: 100 }],
    [{ count: 1 }, few, { percent: 5 }],
  ]);
}

const tooLong: Partial<Record<ActionKind, number>> = {
  stage: 900_000,
  gate: 30_000,
  regate: 30_000,
  cool: 60_000,
};
const usual: Partial<Record<ActionKind, number>> = {
  stage: 20_000,
  prepare: 30_000,
  once: 60_000,
  gate: 12_000,
  regate: 12_000,
};

/** Everything of one run. */
export function showOf(size: number, chance: Chance): Show {
  const members = fleetOf(size, chance);
  const input = inputOf(members, chance);
  const live = new Set(input.groups?.[0]);
  // Of two groups one has the traffic; the other one may have it too.
  const both = chance.hit(0.1);
  const starts = members.map((member) =>
    input.groups === null ? member : { ...member, serves: both || live.has(member.name) },
  );
  const plan = makePlan(input);
  const pauseMs = chance.pick([0, 0, 60_000]);
  // About so long it takes until something is switched, and from then on, when nothing happens.
  const first = 60_000 + (plan.tracks.length / uploads) * 20_000;
  const then = 60_000 + plan.batches.length * (20_000 + pauseMs);
  const sometime = (): number =>
    Math.round(chance.hit(0.1) ? first * chance.next() : first + then * 1.2 * chance.next());
  const may = (share: number, halt: NonNullable<Halt>): Show['stops'] =>
    chance.hit(share) ? [{ at: sometime(), halt }] : [];
  return {
    plan,
    starts,
    limit: input.strategy === 'rolling' ? sizeOf(input.maxUnavailable, size) : size,
    pauseMs,
    uploads,
    fate: fateOf(members, chance),
    coin: () => chance.hit(0.5),
    deaths: deathsOf(members, chance, sometime),
    stops: [...may(0.08, 'lost'), ...may(0.2, 'deadline'), ...may(0.1, 'lease'), ...may(0.15, 'signal')],
  };
}

/** Single hosts that die, and a whole row of neighbours that do so together. */
function deathsOf(members: readonly Member[], chance: Chance, sometime: () => number): Show['deaths'] {
  const single = chance.hit(0.3) ? chance.int(1, 3) : 0;
  const some = Array.from({ length: single }, () => ({
    at: sometime(),
    instance: `web-${chance.int(1, members.length)}`,
  }));
  if (!chance.hit(0.1)) return some;
  const [first, at] = [chance.int(0, members.length - 1), sometime()];
  const rack = members.slice(first, first + chance.int(2, 40));
  return [...some, ...rack.map(({ name }, order) => ({ at: at + order, instance: name }))];
}

function fateOf(members: readonly Member[], chance: Chance): (action: Action) => Fate {
  const weather = chance.pick([0, 0, 1e-5, 1e-4, 1e-3, 0.02, 0.2]);
  const way = chance.pick([0, 0, weather, 0.1]);
  // How often the others cannot do without an instance at once.
  const crowded = chance.pick([0, 0, 0, 0.001, 0.2]);
  const often = new Map<ActionKind, number>();
  // A release that is bad on some: what they have in common shows itself in one kind of action.
  const kind = chance.pick([
    'gate',
    'gate',
    'activate',
    'ready',
    'after',
    'drain',
    'retire',
    'restore',
    'stage',
  ] as const);
  const share = chance.pick([0, 0, 0, 0.001, 0.3, 1]);
  const sick = new Set(members.filter(() => chance.hit(share)).map(({ name }) => name));
  return (action) => {
    const of = action.kind;
    if (!often.has(of))
      often.set(
        of,
        backwardKinds.has(of) ? way : weather * chance.pick(early.has(of) ? [0, 0, 0, 1] : [0, 1, 3]),
      );
    const ok = !(of === kind && sick.has(action.instance)) && !chance.hit(often.get(of) ?? 0);
    if (of === 'drain' && chance.hit(crowded))
      return { ok, ms: 2000, waitMs: chance.int(1, 60_000), refused: chance.hit(0.1) };
    const hangs = !ok && chance.hit(0.5);
    const ms = Math.round((usual[of] ?? 2000) * (0.5 + chance.next()));
    return { ok, ms: hangs ? (tooLong[of] ?? 120_000) : ms };
  };
}

const backwardKinds: ReadonlySet<ActionKind> = new Set([
  'undrain',
  'redrain',
  'restore',
  'regate',
  'reready',
  'recall',
]);
/** Before anything is switched: a failure there ends most deploys at once. */
const early: ReadonlySet<ActionKind> = new Set(['stage', 'prepare', 'once']);
