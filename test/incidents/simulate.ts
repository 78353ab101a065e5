/**
 * A day of many targets on a virtual clock, with random outages: the same reducers that `canopy watch` runs. Only targets that are
 * about to turn are looked at: the others would change nothing. Throws what breaks a promise, with the seed.
 */
import {
  collect,
  isOver,
  isRed,
  next,
  type Incident,
  type Opening,
  type Surroundings,
} from '../../src/incidents/index.ts';
import { began, step, type RuleState } from '../../src/rules/index.ts';
import { chanceOf, type Chance } from '../soak/random.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVERY = 15 * SECOND;
/** How fine the clock of the watcher is. */
const TICK = 5 * SECOND;

const opening: Opening = {
  rule: 'down',
  severity: 'critical',
  policy: 'default',
  ladder: [
    { to: ['ann'], by: ['sms'], afterMs: 0, repeat: 0, everyMs: 0 },
    { to: ['carl'], by: ['call'], afterMs: 5 * MINUTE, repeat: 1, everyMs: 5 * MINUTE },
  ],
  acts: [],
};
const times = { forMs: 30 * SECOND, recoverMs: 30 * SECOND };
/** The longest that an outage may stay unseen: two checks more than it has to hold. */
const SEEN_MS = times.forMs + 3 * EVERY + TICK;

/** Of several that turn red together. */
const JOIN_MS = 30 * SECOND;

interface Outage {
  readonly target: number;
  readonly from: number;
  readonly to: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Scene {
  readonly outages: readonly Outage[];
  /** The watcher sees nothing. */
  readonly blind: readonly Span[];
  /** The watcher is away: nothing is looked at, nobody told. */
  readonly away: readonly Span[];
}

function sceneOf(chance: Chance, targets: number): Scene {
  const outages: Outage[] = [];
  const free = new Map<number, number>();
  const add = (target: number, from: number, lasts: number): void => {
    if (from < (free.get(target) ?? 0) || from + lasts > DAY - HOUR) return;
    outages.push({ target, from, to: from + lasts });
    // Enough that it has recovered and does not flap.
    free.set(target, from + lasts + 30 * MINUTE);
  };
  for (let index = 0; index < 40; index += 1)
    add(
      chance.int(0, targets - 1),
      chance.int(0, DAY),
      chance.int(5 * SECOND, chance.pick([MINUTE, 10 * MINUTE, HOUR])),
    );
  // A rack, a network: many at once.
  for (let index = 0; index < 3; index += 1) {
    const [first, from, lasts] = [
      chance.int(0, targets - 1),
      chance.int(0, DAY),
      chance.int(2 * MINUTE, HOUR),
    ];
    const many = Math.min(targets, chance.int(2, 300));
    for (let one = 0; one < many; one += 1)
      add((first + one) % targets, from + chance.int(0, 5 * SECOND), lasts);
  }
  const spans = (count: number, longest: number): Span[] =>
    Array.from({ length: count }, () => {
      const from = chance.int(0, DAY - HOUR);
      return { from, to: from + chance.int(SECOND, longest) };
    });
  return { outages, blind: spans(3, 20 * MINUTE), away: spans(3, 5 * MINUTE) };
}

export interface Simulated {
  readonly incidents: number;
  readonly messages: number;
}

/** One day. */
export function simulate(seed: number, targets: number): Simulated {
  const chance = chanceOf(seed);
  const scene = sceneOf(chance, targets);
  const within = (spans: readonly Span[], now: number): boolean =>
    spans.some(({ from, to }) => now >= from && now < to);
  const bad = (why: string, now: number): Error => new Error(`seed ${seed}, second ${now / SECOND}: ${why}`);

  const starts = [...scene.outages].sort((a, b) => a.from - b.from);
  const ends = [...scene.outages].sort((a, b) => a.to - b.to);
  const down = new Set<number>();
  const states = new Map<number, RuleState>();
  let incidents: Incident[] = [];
  const over: Incident[] = [];
  const toldOf = new Map<string, number[]>();
  let opened = 0;
  let messages = 0;
  let startAt = 0;
  let endAt = 0;
  const around = (now: number): Surroundings => ({
    people: { held: () => null, quietMeans: () => 'sms', otherMeans: () => null },
    muted: () => (within(scene.blind, now) ? 'blind' : null),
  });

  for (let now = 0; now <= DAY; now += TICK) {
    for (; (starts[startAt]?.from ?? DAY + 1) <= now; startAt += 1) {
      const { target } = starts[startAt] as Outage;
      down.add(target);
      states.set(target, states.get(target) ?? began);
    }
    for (; (ends[endAt]?.to ?? DAY + 1) <= now; endAt += 1) down.delete((ends[endAt] as Outage).target);
    if ((states.size === 0 && incidents.length === 0) || within(scene.away, now)) continue;

    const red: string[] = [];
    const green: string[] = [];
    const isBlind = within(scene.blind, now);
    for (const [target, state] of states) {
      // Each target has its own turn within the interval.
      if ((now + target * 1000 * 5) % EVERY !== 0) continue;
      const after = step(state, isBlind ? null : down.has(target), now, times);
      states.set(target, after);
      if (after.holds) red.push(`t${target}`);
      else {
        green.push(`t${target}`);
        if (!down.has(target) && after.turnedAt === null) states.delete(target);
      }
    }
    const here = around(now);
    const before = new Set(incidents.map(({ id }) => id));
    incidents = collect(
      incidents,
      [{ opening, red, green }],
      now,
      here,
      () => `i-${String((opened += 1)).padStart(8, '0')}`,
    );
    incidents = incidents.map((incident) => send(incident, now, here));
    for (const one of incidents)
      if (!before.has(one.id) && one.targets.length === 0) throw bad('an empty incident', now);
    if (chance.hit(0.002))
      incidents = incidents.map((one) =>
        next(
          one,
          { is: 'acknowledged', by: 'ann', until: chance.hit(0.5) ? now + 10 * MINUTE : null },
          now,
          here,
        ),
      );
    over.push(...incidents.filter((one) => isOver(one) && now - (one.resolvedAt ?? now) > 10 * MINUTE));
    incidents = incidents.filter((one) => !isOver(one) || now - (one.resolvedAt ?? now) <= 10 * MINUTE);
  }

  function send(incident: Incident, now: number, here: Surroundings): Incident {
    let changed = incident;
    for (const { key, level, outcome } of incident.deliveries) {
      if (outcome !== null) continue;
      if (level > 0 && within(scene.blind, now))
        throw bad(`${incident.id} ${key} was told by a blind watcher`, now);
      messages += 1;
      if (level === 1)
        for (const { name } of incident.targets) toldOf.set(name, [...(toldOf.get(name) ?? []), now]);
      changed = next(
        changed,
        { is: 'sent', key, outcome: 'accepted', providerId: `p${messages}`, why: null },
        now,
        here,
      );
    }
    return changed;
  }

  const all = [...over, ...incidents];
  for (const incident of all) {
    const keys = incident.deliveries.map(({ key }) => key);
    if (new Set(keys).size !== keys.length)
      throw bad(`${incident.id} has told twice: ${keys.join(' ')}`, DAY);
    if (incident.state !== 'resolved' || isRed(incident)) throw bad(`${incident.id} was left open`, DAY);
  }
  const held = [...scene.blind, ...scene.away];
  for (const { target, from, to } of scene.outages) {
    const name = `t${target}`;
    const times = (toldOf.get(name) ?? []).filter((at) => at >= from && at <= to + SEEN_MS);
    if (times.length > 1) throw bad(`${name} was told of ${times.length} times in one outage`, from);
    const disturbed = held.some((span) => span.from < to + SEEN_MS && span.to > from - SEEN_MS);
    // Also one that it joined: that may have been told half a minute before.
    const heard = all.some(
      (one) =>
        one.targets.some((it) => it.name === name) &&
        one.deliveries.some(({ level, at }) => level === 1 && at >= from - JOIN_MS && at <= to + SEEN_MS),
    );
    if (!disturbed && to - from > SEEN_MS && !heard) throw bad(`an outage of ${name} was missed`, from);
  }
  return { incidents: all.length, messages };
}
