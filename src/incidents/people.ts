/** Whom one may tell, by what, and when: quiet hours and budgets of canopy.yml. Pure. */
import type { HeldBack, People } from './climb.ts';
import type { Delivery, Severity } from './incident.ts';

/** A person of canopy.yml, as far as telling goes. */
export interface Reachable {
  readonly phone: string | null;
  readonly mail: string | null;
  /** From and to in minutes after midnight there. */
  readonly quiet: { readonly from: number; readonly to: number; readonly zone: string } | null;
  /** Calls and SMS. */
  readonly budget: { readonly count: number; readonly perMs: number } | null;
}

const MINUTE = 60_000;
const DAY = 24 * 60;

/** `told`: what was sent to anybody lately. */
export function peopleOf(
  known: Readonly<Record<string, Reachable>>,
  told: readonly Delivery[],
  means: readonly string[],
): People {
  const find = (name: string): Reachable | null =>
    Object.hasOwn(known, name) ? (known[name] ?? null) : null;
  const has = (person: Reachable, by: string): boolean =>
    means.includes(by) && (by === 'mail' ? person.mail : person.phone) !== null;
  return {
    held(name, by, severity, now) {
      const person = find(name);
      return person === null
        ? null
        : heldNow(
            person,
            by,
            severity,
            now,
            told.filter(({ to }) => to === name),
          );
    },
    quietMeans: (name) => {
      const person = find(name);
      return person === null ? null : (['sms', 'mail'].find((by) => has(person, by)) ?? null);
    },
    otherMeans: (name, tried) => {
      const person = find(name);
      if (person === null) return null;
      return ['sms', 'call', 'mail'].find((by) => !tried.includes(by) && has(person, by)) ?? null;
    },
  };
}

function heldNow(
  { quiet, budget, mail }: Reachable,
  by: string,
  severity: Severity,
  now: number,
  told: readonly Delivery[],
): HeldBack | null {
  if (severity === 'critical') return null;
  const byMail = mail === null ? null : 'mail';
  if (quiet !== null) {
    const leftMs = leftOf(quiet, now);
    if (leftMs > 0) return { why: 'quiet', by: byMail, at: now + leftMs };
  }
  if (budget === null || by === 'mail') return null;
  const spent = told.filter(
    (one) => (one.by === 'call' || one.by === 'sms') && one.outcome !== 'held' && now - one.at < budget.perMs,
  );
  return spent.length < budget.count ? null : { why: 'budget', by: byMail, at: now };
}

/** How long the quiet hours last yet, in milliseconds; 0: it is none of them. */
function leftOf({ from, to, zone }: NonNullable<Reachable['quiet']>, now: number): number {
  const { hour, minute } = clockAt(zone, now);
  const at = hour * 60 + minute;
  const within = from < to ? at >= from && at < to : at >= from || at < to;
  // To the full minute: a second too early would be within them again.
  return within ? ((to - at + DAY) % DAY) * MINUTE - (now % MINUTE) : 0;
}

function clockAt(zone: string, now: number): { hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return { hour: part('hour'), minute: part('minute') };
}
