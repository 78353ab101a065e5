/** Entries of the audit stream as things that were done, oldest intent and its outcome as one; every text safe to print. Pure. */
import { commitOf } from '../artifact/id.ts';
import { paired, type AuditedAction as Pair, type AuditEntry } from '../audit/index.ts';
import { plainLine } from '../shared/text/line.ts';

/** Something that was done, or begun. */
export interface HistoryAction {
  readonly kind: 'action';
  /** Of the first of its entries that is there. */
  readonly id: string;
  /** Milliseconds since the epoch: its beginning, as far as that is known. */
  readonly at: number;
  readonly actor: { readonly name: string; readonly url: string };
  /** `deploy`, `rollback`, `canary weight 33%`, `flag set`, `lock release --steal` … */
  readonly action: string;
  /** Null: it concerns the application as a whole. */
  readonly environment: string | null;
  readonly target: string | null;
  readonly release: string | null;
  /** The release that ran before. */
  readonly previous: string | null;
  /** Hexadecimal, shortened or whole; null: not known. */
  readonly commit: string | null;
  readonly previousCommit: string | null;
  readonly event: string | null;
  /** Null: it died or is running. */
  readonly outcome: string | null;
  readonly reasons: readonly string[];
  readonly durationMs: number | null;
  readonly revertMs: number | null;
  /** The id of an intent that should stand in the stream and does not; empty: it never came there; null: nothing is missing. */
  readonly lost: string | null;
}

const longest = 500;

/** Newest first, from entries that are newest first. */
export function actionsOf(entries: readonly AuditEntry[]): HistoryAction[] {
  const pairs = paired(entries);
  const done = new Set(pairs.flatMap(({ intent, outcome }) => (intent && outcome ? [twin(intent)] : [])));
  // An intent whose answer was lost on the way was written again: only the second one has an outcome.
  const once = pairs.filter(
    ({ intent, outcome }) => intent === null || outcome !== null || !done.has(twin(intent)),
  );
  const commits = new Map(
    entries.flatMap(({ release, commit }) => (release && isCommit(commit) ? [[release, commit]] : [])),
  );
  return once.map((pair) => actionOf(pair, (release) => commits.get(release) ?? commitOf(release)));
}

function actionOf({ intent, outcome }: Pair, commit: (release: string) => string | null): HistoryAction {
  const first = (intent ?? outcome) as AuditEntry;
  const last = outcome ?? first;
  const { release, previous } = last;
  return {
    kind: 'action',
    id: first.id,
    ...spanOf({ intent, outcome }, first),
    actor: { name: plainLine(first.actor.name, longest), url: plainLine(first.actor.url, longest) },
    action: plainLine(first.action, longest),
    environment: text(last.environment),
    target: text(last.target),
    release: text(release),
    previous: text(previous),
    commit: release && commit(release),
    previousCommit: previous && commit(previous),
    event: last.event,
    outcome: outcome && text(outcome.outcome),
    reasons: last.reasons.map((reason) => plainLine(reason, longest)),
    revertMs: last.revertMs,
    lost: intent === null ? (last.intent ?? '') : null,
  };
}

/** When it began, and how long it took; one whose beginning is lost began so long before its end. */
function spanOf({ intent, outcome }: Pair, first: AuditEntry): Pick<HistoryAction, 'at' | 'durationMs'> {
  const took = intent && outcome ? Math.max(0, outcome.at - intent.at) : null;
  const durationMs = (outcome ?? first).durationMs ?? took;
  return { at: intent === null && durationMs !== null ? first.at - durationMs : first.at, durationMs };
}

const text = (value: string | null): string | null => value && (plainLine(value, longest) || null);

/** All that two writings of one intent have in common. */
const twin = ({ at, actor, action, environment, release, target }: AuditEntry): string =>
  JSON.stringify([at, actor, action, environment, release, target]);

const isCommit = (text: string | null): text is string => text !== null && /^[0-9a-f]{7,64}$/.test(text);

/** The time in an entry's id, by the store's clock, in milliseconds since the epoch. */
export const timeOf = (id: string): number => Number(id.split('-')[0]);

/** Order of two ids of entries: below 0 when the first is older. */
export function order(a: string, b: string): number {
  const [ms, n] = [a, b].map((id) => id.split('-').map((part) => BigInt(part || 0))) as [bigint[], bigint[]];
  const at = (ms[0] ?? 0n) - (n[0] ?? 0n) || (ms[1] ?? 0n) - (n[1] ?? 0n);
  return at < 0n ? -1 : at > 0n ? 1 : 0;
}
