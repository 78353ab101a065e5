/** Entries of the audit stream: what we write, and what we believe of what stands there. Pure. */
import { isLine, toLine } from '../line.ts';

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
}

/** What the store gives. */
interface Raw {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

const longest = 2000;
const mostReasons = 100;
const idPattern = /^\d{1,16}-\d{1,16}$/;

/** The fields of an entry as they stand in the stream. Texts are made one line each and cut. */
export function toFields(
  kind: AuditEntry['kind'],
  deed: Deed & { readonly outcome?: string },
  by: { readonly actor: Actor; readonly at: number; readonly intent?: string | null },
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
  const lines = Object.entries(fields).map(([name, text]) => [name, line(text)] as const);
  const reasons = (deed.reasons ?? []).slice(0, mostReasons).map(line);
  return { ...Object.fromEntries(lines), reasons: JSON.stringify(reasons) };
}

/** An entry of the stream, or null when we did not write it so. */
export function parseEntry({ id, fields }: Raw): AuditEntry | null {
  const text = (name: string): string | null => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value !== undefined && isLine(value, longest) ? value : null;
  };
  const kind = text('kind');
  const at = Number(text('at') || Number.NaN);
  const [name, url, action] = [text('actor'), text('url'), text('action')];
  const [environment, release, target] = [text('environment'), text('release'), text('target')];
  const [outcome, intent] = [text('outcome'), text('intent')];
  const reasons = parseReasons(Object.hasOwn(fields, 'reasons') ? fields['reasons'] : undefined);
  if (!idPattern.test(id) || (kind !== 'intent' && kind !== 'outcome')) return null;
  if (!Number.isSafeInteger(at) || at < 0 || at > 8.64e15) return null;
  if (name === null || url === null || action === null || action === '' || reasons === null) return null;
  if (environment === null || release === null || target === null || outcome === null) return null;
  if (intent === null || (intent !== '' && !idPattern.test(intent))) return null;
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
  };
}

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
    // Not ours: whoever asked counts it as skipped.
    return null;
  }
}

const line = (text: string): string => toLine(text, longest);
