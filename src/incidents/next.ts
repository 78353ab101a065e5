/**
 * What becomes of an incident: one event, one new incident. What is to be said or done because of it stands in the new one as
 * deliveries and reactions without an outcome, so that whoever finds it after a crash knows what is left to do. Pure.
 */
import { climb, type People, type Surroundings } from './climb.ts';
import { BEGUN, isRed, noted, type Delivery, type Incident, type IncidentTarget } from './incident.ts';

export type IncidentEvent =
  /** A rule holds for these targets. */
  | { readonly is: 'red'; readonly targets: readonly string[] }
  /** It does no longer. */
  | { readonly is: 'green'; readonly targets: readonly string[] }
  | { readonly is: 'acknowledged'; readonly by: string; readonly until: number | null }
  | { readonly is: 'resolved'; readonly by: string }
  | {
      readonly is: 'sent';
      readonly key: string;
      readonly outcome: Delivery['outcome'];
      readonly providerId: string | null;
      readonly why: string | null;
    }
  | { readonly is: 'acted'; readonly act: string; readonly outcome: string }
  /** Time has passed. */
  | { readonly is: 'tick' };

/** More changes than this within that time are flapping: it stays open until so long nothing has changed. */
const FLAPS = 3;
export const FLAP_MS = 600_000;

/** It waits for the end of the flapping, or for the recovery of what somebody has resolved before. */
export const isOver = (incident: Incident): boolean => incident.state === 'resolved' && !isRed(incident);

export function next(incident: Incident, event: IncidentEvent, now: number, around: Surroundings): Incident {
  const changed = withEvent(incident, event, now, around);
  return climb(recovered(expired(changed, now), now, around), now, around);
}

function withEvent(incident: Incident, event: IncidentEvent, now: number, around: Surroundings): Incident {
  switch (event.is) {
    case 'red':
    case 'green':
      return turn(incident, event.targets, event.is === 'red', now);
    case 'acknowledged':
      if (incident.state !== 'open') return incident;
      return noted(
        { ...incident, state: 'acknowledged', acknowledgedBy: event.by, acknowledgedUntil: event.until },
        now,
        `acknowledged by ${event.by}`,
      );
    case 'resolved':
      if (incident.state === 'resolved') return incident;
      return noted(
        { ...incident, state: 'resolved', resolvedAt: now, resolvedBy: event.by },
        now,
        `resolved by ${event.by}`,
      );
    case 'sent':
      return sent(incident, event, now, around);
    case 'acted':
      return noted(
        {
          ...incident,
          reactions: incident.reactions.map((one) =>
            one.act === event.act && (one.outcome === null || one.outcome === BEGUN)
              ? { ...one, outcome: event.outcome }
              : one,
          ),
        },
        now,
        `${event.act}: ${event.outcome}`,
      );
    case 'tick':
      return incident;
  }
}

/** These targets have turned; nobody is told yet. */
export function turn(incident: Incident, names: readonly string[], red: boolean, now: number): Incident {
  if (names.length === 0) return incident;
  const known = new Map(incident.targets.map((one) => [one.name, one]));
  const fresh = names.filter((name) => (known.get(name)?.red ?? false) !== red);
  if (fresh.length === 0) return incident;
  for (const name of fresh) if (red || known.has(name)) known.set(name, { name, red, since: now });
  const targets: readonly IncidentTarget[] = [...known.values()];
  const was = isRed(incident);
  const is = targets.some((one) => one.red);
  const changes = was === is ? incident.changes : [...incident.changes, now].slice(-2 * FLAPS);
  return noted({ ...incident, targets, changes }, now, `${few(fresh)}: ${red ? 'red' : 'green'}`);
}

const few = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

function sent(
  incident: Incident,
  { key, outcome, providerId, why }: IncidentEvent & { is: 'sent' },
  now: number,
  { people }: Surroundings,
): Incident {
  const found = incident.deliveries.find((one) => one.key === key);
  if (found === undefined || found.outcome === outcome) return incident;
  const deliveries = incident.deliveries.map((one) =>
    one.key === key ? { ...one, outcome, providerId: providerId ?? one.providerId, why } : one,
  );
  const other = outcome === 'failed' && found.to !== found.by ? otherWay(incident, found, people) : null;
  return noted(
    { ...incident, deliveries: other === null ? deliveries : [...deliveries, { ...other, at: now }] },
    now,
    `${found.by} to ${found.to}: ${outcome ?? 'again'}${why === null ? '' : ` (${why})`}`,
  );
}

/** Somebody who could not be reached is told by the next means that this level has not tried. */
function otherWay({ deliveries }: Incident, failed: Delivery, people: People): Delivery | null {
  const tried = deliveries
    .filter(({ to, level }) => to === failed.to && level === failed.level)
    .map(({ by }) => by);
  const by = people.otherMeans(failed.to, tried);
  return by === null
    ? null
    : { ...failed, key: `${failed.key}.${by}`, by, outcome: null, providerId: null, why: null };
}

/** An acknowledgement that has run out: it climbs on. */
function expired(incident: Incident, now: number): Incident {
  const { state, acknowledgedUntil: until } = incident;
  if (state !== 'acknowledged' || until === null || now < until) return incident;
  const again = { ...incident, state: 'open' as const, acknowledgedBy: null, acknowledgedUntil: null };
  // The next level is due at once.
  return noted({ ...again, climbedAt: 0, toldAt: now }, now, 'the acknowledgement has run out');
}

/** Resolved by itself once nothing is red and it does not flap. */
function recovered(incident: Incident, now: number, around: Surroundings): Incident {
  if (incident.state === 'resolved' || isRed(incident) || flaps(incident, now)) return incident;
  const resolved = noted({ ...incident, state: 'resolved' as const, resolvedAt: now }, now, 'recovered');
  return { ...resolved, deliveries: [...resolved.deliveries, ...allClear(resolved, now, around)] };
}

function flaps({ changes }: Incident, now: number): boolean {
  const recent = changes.filter((at) => now - at < FLAP_MS);
  return recent.length > FLAPS || (changes.length > FLAPS && recent.length > 0);
}

/** Everyone who was told, by the means that do not wake anybody. */
function allClear(incident: Incident, now: number, { people }: Surroundings): Delivery[] {
  const told = incident.deliveries.filter(
    ({ level, outcome }) => level > 0 && outcome !== 'held' && outcome !== 'failed',
  );
  const wanted = new Map<string, Delivery>();
  for (const { to, by } of told) {
    const means = by === 'call' ? people.quietMeans(to) : by;
    if (means === null) continue;
    const key = `0.${to}.${means}`;
    wanted.set(key, { key, to, by: means, level: 0, at: now, outcome: null, providerId: null, why: null });
  }
  return [...wanted.values()];
}
