/** Entries of the audit stream: what we write, and what we believe of what stands there. Pure. */
import { isLine, toLine } from '../line.ts';
import { isEventName, type EventName } from './event.ts';
import { lookUp } from '../look-up.ts';

export interface Actor {
  /** The Jenkins build or the user. */
  readonly name: string;
  /** The build's address, or empty. */
  readonly url: string;
}

/** What is about to be done, or was. */
export interface Deed {
  /** A few words: `deploy`, `flag set`, `canary weight 33%`. */
  readonly action: string;
  readonly environment?: string;
  readonly release?: string;
  /** What it is done to, when that is no environment: a flag's name, an instance. */
  readonly target?: string;
  readonly reasons?: readonly string[];
}

export interface Done extends Deed {
  /** How it went: `done`, `unchanged`, `failed`, `reverted` … */
  readonly outcome: string;
  /** What has happened, as a CDEvent. */
  readonly event?: EventName | null;
  /** The release that ran before. */
  readonly previous?: string | null;
  /** The commit of the release. */
  readonly commit?: string | null;
  /** Milliseconds from the first failure to the last instance back. */
  readonly revertMs?: number | null;
}

export interface AuditEntry {
  /** The stream's id; entries are in its order. */
  readonly id: string;
  readonly kind: 'intent' | 'outcome';
  /** Milliseconds since the epoch, of the clock of whoever wrote it. */
  readonly at: number;
  readonly actor: Actor;
  readonly action: string;
  readonly environment: string | null;
  readonly release: string | null;
  readonly target: string | null;
  /** Only an outcome has one. */
  readonly outcome: string | null;
  readonly reasons: readonly string[];
  /** The id of the intent that an outcome completes; null: that one never reached the store. */
  readonly intent: string | null;
  /** These stand in some outcomes; null in all others, and in those of older versions. */
  readonly event: string | null;
  readonly previous: string | null;
  readonly commit: string | null;
  /** Milliseconds since the intent. */
  readonly durationMs: number | null;
  readonly revertMs: number | null;
}

/** What the store gives. */
interface Raw {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const longest = 2000;
const mostReasons = 100;
const idPattern = /^\d{1,16}-\d{1,16}$/;

/** Whether a text may be an entry's id: milliseconds since the epoch by the store's clock, and a number. */
export const isEntryId = (text: string): boolean => idPattern.test(text);

/** The fields of an entry as they stand in the stream. Texts are made one line each and cut. */
export function toFields(
  kind: AuditEntry['kind'],
  deed: Deed & Partial<Done>,
  by: {
    readonly actor: Actor;
    readonly at: number;
    readonly intent?: string | null;
    readonly durationMs?: number | null;
  },
): Record<string, string> {
  const fields = {
    kind,
    at: String(by.at),
    actor: by.actor.name,
    url: by.actor.url,
    action: deed.action,
    environment: deed.environment ?? '',
    release: deed.release ?? '',
    target: deed.target ?? '',
    outcome: deed.outcome ?? '',
    intent: by.intent ?? '',
  };
  const more = {
    event: deed.event,
    previous: deed.previous,
    commit: deed.commit,
    durationMs: whole(by.durationMs),
    revertMs: whole(deed.revertMs),
  };
  const told = Object.entries(more).flatMap(([name, text]) => (text ? [[name, text] as const] : []));
  const lines = [...Object.entries(fields), ...told].map(([name, text]) => [name, line(text)] as const);
  const reasons = (deed.reasons ?? []).slice(0, mostReasons).map(line);
  return { ...Object.fromEntries(lines), reasons: JSON.stringify(reasons) };
}

/** An entry of the stream, or null when we did not write it so. */
export function parseEntry({ id, fields }: Raw): AuditEntry | null {
  const text = (name: string): string | null => {
    const value = lookUp(fields, name);
    return value !== undefined && isLine(value, longest) ? value : null;
  };
  const kind = text('kind');
  const at = Number(text('at') || Number.NaN);
  const [name, url, action] = [text('actor'), text('url'), text('action')];
  const [environment, release, target] = [text('environment'), text('release'), text('target')];
  const [outcome, intent] = [text('outcome'), text('intent')];
  const reasons = parseReasons(lookUp(fields, 'reasons'));
  const more = parseMore((name) => (Object.hasOwn(fields, name) ? text(name) : ''));
  if (more === null) return null;
  if (!isEntryId(id) || (kind !== 'intent' && kind !== 'outcome')) return null;
  if (!Number.isSafeInteger(at) || at < 0 || at > 8.64e15) return null;
  if (name === null || url === null || action === null || action === '' || reasons === null) return null;
  if (environment === null || release === null || target === null || outcome === null) return null;
  if (intent === null || (intent !== '' && !isEntryId(intent))) return null;
  if ((kind === 'outcome') !== (outcome !== '')) return null;
  return {
    id,
    kind,
    at,
    actor: { name, url },
    action,
    environment: environment || null,
    release: release || null,
    target: target || null,
    outcome: outcome || null,
    reasons,
    intent: intent || null,
    ...more,
  };
}

type More = Pick<AuditEntry, 'event' | 'previous' | 'commit' | 'durationMs' | 'revertMs'>;

/** Fields that may be missing; null when one that is there is not as we write it. */
function parseMore(text: (name: string) => string | null): More | null {
  const [event, previous, commit] = [text('event'), text('previous'), text('commit')];
  const [duration, revert] = [text('durationMs'), text('revertMs')];
  if (event === null || (event !== '' && !isEventName(event))) return null;
  if (previous === null || commit === null || !isCount(duration) || !isCount(revert)) return null;
  return {
    event: event || null,
    previous: previous || null,
    commit: commit || null,
    durationMs: duration === '' ? null : Number(duration),
    revertMs: revert === '' ? null : Number(revert),
  };
}

const isCount = (text: string | null): text is string => text !== null && /^\d{0,15}$/.test(text);

export interface Action {
  /** Null when only the outcome is known: the intent was lost, or is older than what was read. */
  readonly intent: AuditEntry | null;
  /** Null while it runs, or when whoever did it died. */
  readonly outcome: AuditEntry | null;
}

/** Intents with their outcomes, newest first, from entries that are newest first. */
export function paired(entries: readonly AuditEntry[]): Action[] {
  const outcomes = new Map(
    entries.flatMap((entry) => (entry.intent === null ? [] : [[entry.intent, entry]])),
  );
  const intents = new Set(entries.filter(({ kind }) => kind === 'intent').map(({ id }) => id));
  return entries.flatMap((entry): Action[] => {
    if (entry.kind === 'intent') return [{ intent: entry, outcome: outcomes.get(entry.id) ?? null }];
    const known = entry.intent !== null && intents.has(entry.intent);
    return known ? [] : [{ intent: null, outcome: entry }];
  });
}

function parseReasons(text: string | undefined): readonly string[] | null {
  if (text === undefined || text.length > (longest + 10) * mostReasons) return null;
  try {
    const value: unknown = JSON.parse(text);
    const fine =
      Array.isArray(value) && value.length <= mostReasons && value.every((one) => isLine(one, longest));
    return fine ? (value as string[]) : null;
  } catch {
    // Not ours: whoever asked is told that it is unreadable.
    return null;
  }
}

const line = (text: string): string => toLine(text, longest);
const whole = (value: number | null | undefined): string =>
  typeof value === 'number' && value >= 0 ? String(Math.round(value)) : '';
