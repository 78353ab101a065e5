/** Entries of the audit stream: what we write, and what we believe of what stands there. Pure. */
import * as v from 'valibot';
import { toLine } from '../shared/text/line.ts';
import { defineRecord, jsonIn, type Schema } from '../record/record.ts';
import { exactLine, is, like, list as listOf, notEmpty, object, oneOf } from '../record/fields.ts';
import { eventPattern, type EventName } from './event.ts';

export interface Actor {
  /** The Jenkins build or the user. */
  readonly name: string;
  /** The build's address, or empty. */
  readonly url: string;
}

/** What is about to be done, or was. */
export interface AuditIntent {
  /** A few words: `deploy`, `flag set`, `canary weight 33%`. */
  readonly action: string;
  readonly environment?: string;
  readonly release?: string;
  /** What it is done to, when that is no environment: a flag's name, an instance. */
  readonly target?: string;
  readonly reasons?: readonly string[];
}

export interface AuditOutcome extends AuditIntent {
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
interface RawEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const longest = 2000;
/** A mask makes a text at most twice as long on its way to the store. */
const written = longest / 2;
const mostReasons = 100;
const idPattern = /^\d{1,16}-\d{1,16}$/;

/** Whether a text may be an entry's id: milliseconds since the epoch by the store's clock, and a number. */
export const isEntryId = (text: string): boolean => idPattern.test(text);

/** An entry as it stands in the stream: fields of text. What we have not written so is no entry of ours, so nothing is mended. */
const entryRecord = defineRecord<Omit<AuditEntry, 'id'>>({
  name: 'an entry of the audit stream',
  schema: entrySchema(),
  stored: ({ actor, reasons, ...rest }) => {
    const fields = Object.entries({ ...rest, actor: actor.name, url: actor.url });
    const lines = fields.flatMap(([name, value]) =>
      value === null && later.includes(name) ? [] : [[name, toLine(String(value ?? ''), written)] as const],
    );
    const said = reasons.slice(0, mostReasons).map((reason) => toLine(reason, written));
    return { ...Object.fromEntries(lines), reasons: JSON.stringify(said) };
  },
  longest: (longest + 10) * (mostReasons + 20),
});

/**
 * The fields of an entry as they stand in the stream. Texts are made one line each and cut. The intent may be a name that
 * whoever appends the entry replaces by an id.
 */
export function toFields(
  kind: AuditEntry['kind'],
  intended: AuditIntent & Partial<AuditOutcome>,
  by: {
    readonly actor: Actor;
    readonly at: number;
    readonly intent?: string | null;
    readonly durationMs?: number | null;
  },
): Record<string, string> {
  const { action, reasons = [], environment, release, target, outcome, event, previous, commit } = intended;
  const entry = entryRecord.fit({
    ...{ kind, at: by.at, actor: by.actor, action, reasons, intent: null },
    environment: environment || null,
    release: release || null,
    target: target || null,
    outcome: outcome || null,
    event: event || null,
    previous: previous || null,
    commit: commit || null,
    durationMs: whole(by.durationMs),
    revertMs: whole(intended.revertMs),
  });
  return { ...(entryRecord.stored(entry) as Record<string, string>), intent: by.intent ?? '' };
}

/** An entry in words, for a log. */
export function entryLine(fields: Readonly<Record<string, string>>): string {
  const { kind, action, environment, release, target, outcome, actor } = fields;
  const about = [environment, release, target].filter((word) => word);
  const on = about.length > 0 ? ` (${about.join(', ')})` : '';
  return `${action}${on} by ${actor || 'nobody'}: ${kind === 'outcome' ? outcome : 'begun'}`;
}

/** An entry of the stream, or null when we did not write it so. */
export function parseEntry({ id, fields }: RawEntry): AuditEntry | null {
  const parsed = isEntryId(id) ? entryRecord.read({ ...fields }) : null;
  return parsed?.ok === true ? { id, ...parsed.value } : null;
}

export interface AuditedAction {
  /** Null when only the outcome is known: the intent was lost, or is older than what was read. */
  readonly intent: AuditEntry | null;
  /** Null while it runs, or when whoever did it died. */
  readonly outcome: AuditEntry | null;
}

/** Intents with their outcomes, newest first, from entries that are newest first. */
export function paired(entries: readonly AuditEntry[]): AuditedAction[] {
  const outcomes = new Map(
    entries.flatMap((entry) => (entry.intent === null ? [] : [[entry.intent, entry]])),
  );
  const intents = new Set(entries.filter(({ kind }) => kind === 'intent').map(({ id }) => id));
  return entries.flatMap((entry): AuditedAction[] => {
    if (entry.kind === 'intent') return [{ intent: entry, outcome: outcomes.get(entry.id) ?? null }];
    const known = entry.intent !== null && intents.has(entry.intent);
    return known ? [] : [{ intent: null, outcome: entry }];
  });
}

/** Fields that stand in some outcomes alone. */
const later = ['event', 'previous', 'commit', 'durationMs', 'revertMs'];

function entrySchema(): Schema<Omit<AuditEntry, 'id'>> {
  const text = exactLine(longest);
  const told = v.pipe(
    text,
    v.transform((line) => line || null),
  );
  const matching = (form: RegExp): Schema<string | null> =>
    v.pipe(
      like(new RegExp(`^(?:${form.source})?$`), 'is none of ours'),
      v.transform((line) => line || null),
    );
  const count = v.pipe(
    like(/^\d{0,15}$/, 'is no count'),
    v.transform((digits) => (digits === '' ? null : Number(digits))),
  );
  const orNone = <T>(of: Schema<T>) => v.optional(of, () => '');
  return v.pipe(
    object({
      kind: oneOf(['intent', 'outcome']),
      at: v.pipe(
        like(/^\d{1,16}$/, 'is no time'),
        v.transform((digits) => Number(digits)),
        v.check((at) => at <= 8.64e15, 'is no time'),
      ),
      actor: text,
      url: text,
      action: notEmpty(text),
      environment: told,
      release: told,
      target: told,
      outcome: told,
      intent: matching(idPattern),
      event: orNone(matching(eventPattern)),
      previous: orNone(told),
      commit: orNone(told),
      durationMs: orNone(count),
      revertMs: orNone(count),
      reasons: v.pipe(
        is<string>((value) => typeof value === 'string', 'are no text'),
        v.transform((list) => {
          const json = jsonIn(list, (longest + 10) * mostReasons);
          return json.ok ? json.value : null;
        }),
        listOf(text, mostReasons),
      ),
    }),
    v.check(
      ({ kind, outcome }) => (kind === 'outcome') === (outcome !== null),
      'has no outcome, or one too many',
    ),
    v.transform(({ actor, url, ...rest }) => ({ ...rest, actor: { name: actor, url } })),
  );
}

const whole = (value: number | null | undefined): number | null =>
  typeof value === 'number' && value >= 0 ? Math.round(value) : null;
