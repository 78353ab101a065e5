/** `people` and `groups`: who is told, how they are reached, and when they want to sleep. */
import * as v from 'valibot';
import { list, mapping, name, text, typed, wanted } from '../fields/fields.ts';
import { mailAddress, phone } from '../fields/phone-and-mail.ts';
import { key, section, type SectionOf, type WrittenOf } from '../fields/section.ts';
import { parseDuration } from '../../shared/text/units.ts';

/** Minutes of the day in a time zone; `to` may be before `from`. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}
/** So many calls and SMS within so long. */
export interface MessageBudget {
  readonly count: number;
  readonly perMs: number;
}

const quiet = v.pipe(
  text,
  v.rawTransform<string, QuietHours>(({ dataset, addIssue, NEVER }) => {
    const [, begin = '', end = '', zone = ''] = /^(\S+)-(\d\d:\d\d)\s+(\S+)$/.exec(dataset.value) ?? [];
    const [from, to] = [minutesOf(begin), minutesOf(end)];
    if (from !== null && to !== null && from !== to && isZone(zone)) return { from, to, zone };
    addIssue({
      message: `must be hours and their time zone like 22:00-07:00 Europe/Berlin, not "${dataset.value}"`,
    });
    return NEVER;
  }),
);

function minutesOf(text: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

const budget = v.pipe(
  typed(wanted('a count and a time like 6/h')),
  v.rawTransform<string, MessageBudget>(({ dataset, addIssue, NEVER }) => {
    const [, count, per = ''] = /^(\d{1,6})\/(.+)$/.exec(dataset.value) ?? [];
    const perMs = parseDuration(/^\d/.test(per) ? per : `1${per}`) ?? 0;
    if (perMs >= 1000) return { count: Number(count), perMs };
    addIssue({ message: `must be a count and a time like 6/h or 2/10m, not "${dataset.value}"` });
    return NEVER;
  }),
);

const person = section({
  phone: key(phone, null),
  mail: key(mailAddress, null),
  /** Then nothing below critical. */
  quiet: key(quiet, null),
  /** Of calls and SMS; critical breaks it. */
  budget: key(budget, null),
});
export const people = mapping(name, person.schema);
export const groups = mapping(name, v.pipe(list(name, 'a list of people'), v.minLength(1, 'names nobody')));

export interface Person extends SectionOf<typeof person> {
  readonly name: string;
}

export const buildPeople = (
  written: Readonly<Record<string, WrittenOf<typeof person>>>,
): Record<string, Person> =>
  Object.fromEntries(Object.entries(written).map(([of, one]) => [of, { name: of, ...person.fill(one) }]));
