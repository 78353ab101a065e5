/** One delivery of an incident, and the words that all its texts have in common. Pure. */
import { plainLine } from '../../shared/text/line.ts';
import { showCount } from '../../shared/text/units.ts';

interface NoticeTarget {
  readonly name: string;
  readonly red: boolean;
  readonly since: number;
}

interface NoticeDelivery {
  readonly to: string;
  readonly by: string;
  readonly outcome: string | null;
}

export interface IncidentNotice {
  readonly app: string;
  readonly incident: {
    readonly id: string;
    readonly rule: string;
    readonly severity: 'info' | 'warning' | 'critical';
    readonly state: 'open' | 'acknowledged' | 'resolved';
    readonly targets: readonly NoticeTarget[];
    readonly openedAt: number;
    readonly resolvedAt: number | null;
    readonly deliveries: readonly NoticeDelivery[];
  };
  /** 0: it has recovered. */
  readonly level: number;
  readonly repeat: number;
  /** A person, or a webhook, by name. */
  readonly to: string;
  /** `call`, `sms`, `mail`, or the name of a webhook. */
  readonly by: string;
  /** A page on which one acknowledges; null: there is none. */
  readonly link: string | null;
  /** With more targets the text speaks of the group. */
  readonly groupOver: number;
  /** Keys that are pressed in a call reach the watch. */
  readonly keys: boolean;
  readonly now: number;
}

/** What people read and answer with: `i-abcdefgh.2`, told again `i-abcdefgh.2.1`, the all-clear `i-abcdefgh.0`. */
export const visibleId = ({ incident, level, repeat }: IncidentNotice): string =>
  `${incident.id}.${level}${level > 0 && repeat > 0 ? `.${repeat}` : ''}`;

export const isAllClear = ({ level }: IncidentNotice): boolean => level === 0;

/** Texts of others for people; one of which nothing is left has a sign of its own. */
export const shown = (text: string, longest: number): string => plainLine(text, longest).trim() || '?';

/** Those that are red, and all of them when none is. */
export function targetsOf({ incident: { targets } }: IncidentNotice): readonly NoticeTarget[] {
  const red = targets.filter((one) => one.red);
  return red.length > 0 ? red : targets;
}

/** `web1, web2`, or of a group `12 targets, e.g. web1, web2`. */
export function targetWords(notice: IncidentNotice, show: (name: string) => string): string {
  const names = targetsOf(notice).map(({ name }) => name);
  if (names.length === 0) return '';
  if (names.length <= Math.max(1, notice.groupOver)) return names.map(show).join(', ');
  return `${showCount(names.length)} targets, e.g. ${names.slice(0, 2).map(show).join(', ')}`;
}

/** When the first of those that are red turned red; of what is over, when it was opened. */
export function since(notice: IncidentNotice): number {
  const { targets, openedAt } = notice.incident;
  const red = isAllClear(notice) ? [] : targets.filter((one) => one.red).map((one) => one.since);
  return red.length > 0 ? red.reduce((one, other) => Math.min(one, other)) : openedAt;
}

/** So long it has been red, or was. */
export function redMs(notice: IncidentNotice): number {
  const end = isAllClear(notice) ? (notice.incident.resolvedAt ?? notice.now) : notice.now;
  return Math.max(0, end - since(notice));
}

/** `2026-12-01 10:31 UTC`: the same for whoever reads it. */
export const dateAndTime = (at: number): string => `${iso(at).slice(0, 16).replace('T', ' ')} UTC`;

/** The day where it is another one. */
export const shortTime = (at: number, now: number): string =>
  iso(at).slice(0, 10) === iso(now).slice(0, 10) ? `${iso(at).slice(11, 16)} UTC` : dateAndTime(at);

const iso = (at: number): string => new Date(at).toISOString();

/** `40 s`, `12 min`, `5 h`, `3 days`. */
export function roughly(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 2) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
