/** Who is to be told now: the ladder of an incident is climbed as long as nobody stops it. Pure. */
import { isRed, noted, type Delivery, type Incident, type Rung, type Severity } from './incident.ts';

/** What the ladder has to know of people; the rest stands in canopy.yml. */
export interface People {
  /** Null: they may be told so now. `held`: why not, and by what and from when instead. */
  held(person: string, by: string, severity: Severity, now: number): HeldBack | null;
  /** By what to tell somebody who was called that it is over; null: by nothing. */
  quietMeans(person: string): string | null;
  /** By what else, when none of these has reached them; null: by nothing. */
  otherMeans(person: string, tried: readonly string[]): string | null;
}

const personal = ['call', 'sms', 'mail'];

export interface HeldBack {
  readonly why: 'quiet' | 'budget';
  /** By this instead; null: nobody knows any. */
  readonly by: string | null;
  readonly at: number;
}

export interface Surroundings {
  readonly people: People;
  /** Why nobody is told of this target now: silenced, a deploy there, what it needs is down, a blind watcher; null: told. */
  readonly muted: (target: string, rule: string) => string | null;
}

export function climb(incident: Incident, now: number, around: Surroundings): Incident {
  if (incident.state !== 'open' || !isRed(incident)) return incident;
  if (isMuted(incident, around)) return incident;
  let climbed = incident.climbedAt === null ? { ...incident, climbedAt: now } : incident;
  for (let due = dueRung(climbed, now); due !== null; due = dueRung(climbed, now))
    climbed = tell(climbed, due, now, around);
  return climbed;
}

/** Nothing that is red may be told of. */
const isMuted = ({ rule, targets }: Incident, { muted }: Surroundings): boolean =>
  targets.every(({ name, red }) => !red || muted(name, rule) !== null);

interface DueRung {
  readonly rung: Rung;
  readonly level: number;
  readonly repeats: number;
}

/** The next level, or this one once more; null: nothing is due. A watcher that was away makes up for a level, not for repeats. */
function dueRung({ level, repeats, ladder, climbedAt, toldAt }: Incident, now: number): DueRung | null {
  const higher = ladder[level];
  if (higher !== undefined && now >= (climbedAt ?? now) + higher.afterMs)
    return { rung: higher, level: level + 1, repeats: 0 };
  const present = ladder[level - 1];
  if (present === undefined || repeats >= present.repeat || now < (toldAt ?? now) + present.everyMs)
    return null;
  return { rung: present, level, repeats: repeats + 1 };
}

function tell(
  incident: Incident,
  { rung, level, repeats }: DueRung,
  now: number,
  around: Surroundings,
): Incident {
  const wanted = rung.by.flatMap((by) =>
    // A channel hears it once, however many people are in it.
    (personal.includes(by) ? rung.to : [by]).flatMap((to) => {
      const key = to === by ? `${level}.${repeats}.${by}` : `${level}.${repeats}.${to}.${by}`;
      const due: Delivery = { key, to, by, level, at: now, outcome: null, providerId: null, why: null };
      const held = to === by ? null : around.people.held(to, by, incident.severity, now);
      return held === null ? [due] : instead(due, held);
    }),
  );
  // What was held back may go by a way that they are told by anyway: the sooner one stays.
  const same = (a: Delivery, b: Delivery): boolean => a.to === b.to && a.by === b.by && b.outcome === null;
  const deliveries = wanted.filter(
    (one, index) =>
      one.outcome !== null ||
      !wanted.some(
        (other, at) => same(one, other) && (other.at < one.at || (other.at === one.at && at < index)),
      ),
  );
  const climbedAt = repeats === 0 ? now : incident.climbedAt;
  return noted(
    {
      ...incident,
      level,
      repeats,
      climbedAt,
      toldAt: now,
      deliveries: [...incident.deliveries, ...deliveries],
    },
    now,
    repeats === 0 ? `level ${level}` : `level ${level}, again`,
  );
}

/** What was held back is told as such, and goes another way when it may. */
function instead(due: Delivery, { why, by, at }: HeldBack): Delivery[] {
  const held: Delivery = { ...due, outcome: 'held', why };
  return by === null ? [held] : [held, { ...due, key: `${due.key}.${by}`, by, at }];
}
