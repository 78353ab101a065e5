/** What is shown of the stream: actions, what is missing between them, and what is none of ours. Pure. */
import type { History } from '../audit/index.ts';
import { actionsOf, order, timeOf, type HistoryAction } from './parse.ts';

/** Something must have happened that no entry tells. */
export interface Gap {
  readonly kind: 'gap';
  readonly at: number;
  readonly environment: string | null;
  readonly says: string;
}
/** Entries that Canopy did not write: nothing in them is shown. */
export interface UnreadableEntries {
  readonly kind: 'unreadable';
  readonly at: number;
  readonly count: number;
}
export type Item = HistoryAction | Gap | UnreadableEntries;

export interface HistoryFilter {
  readonly environment: string | null;
  /** The environments that share the traffic. */
  readonly traffic: readonly string[];
  /** So many actions at most. */
  readonly limit: number;
  /** Not before this time; null: from the beginning. */
  readonly since: number | null;
  readonly release: string | null;
}

/** Everything in the stream, newest first. */
export function timeline({ entries, unreadable }: History): Item[] {
  const actions = actionsOf(entries);
  const oldest = [entries.at(-1)?.id, unreadable.at(-1)].flatMap((id) => id ?? []).sort(order)[0] ?? '0-0';
  const gaps = continuity(actions);
  const items: Item[] = [];
  let next = 0;
  const odd = (before: string | null): void => {
    const from = next;
    while (next < unreadable.length && (before === null || order(unreadable[next] ?? '', before) > 0))
      next += 1;
    if (next > from)
      items.push({ kind: 'unreadable', at: timeOf(unreadable[from] ?? '0-0'), count: next - from });
  };
  for (const action of actions) {
    odd(action.id);
    items.push(action);
    const { at, environment, lost } = action;
    const missing = gaps.get(action) ?? (lost === null ? null : lostWords(lost, oldest));
    if (missing !== null) items.push({ kind: 'gap', at, environment, says: missing });
  }
  odd(null);
  return items;
}

/** Null when the intent is only older than what is kept. */
function lostWords(intent: string, oldest: string): string | null {
  if (intent !== '' && order(intent, oldest) < 0) return null;
  return 'the beginning of this is missing: the store was away, or has lost it';
}

const deploys = ['deploy', 'rollback'];

/** Where a deploy found another release than the one before it had left behind: something in between is not told. */
function continuity(actions: readonly HistoryAction[]): Map<HistoryAction, string> {
  const gaps = new Map<HistoryAction, string>();
  /** What each environment runs, as far as the entries tell; null: they do not. */
  const runs = new Map<string, string | null>();
  for (const action of [...actions].reverse()) {
    const { environment, previous } = action;
    if (environment === null || !deploys.includes(action.action)) continue;
    const known = runs.get(environment);
    if (previous !== null && known === undefined)
      gaps.set(action, `what came before is not in the stream: ${environment} ran ${previous}`);
    if (previous !== null && typeof known === 'string' && known !== previous)
      gaps.set(action, `no entry tells how ${environment} came from ${known} to ${previous}`);
    runs.set(environment, after(action, known ?? null));
  }
  return gaps;
}

/** What runs everywhere after an action; null: that cannot be told. */
function after({ outcome, release, target }: HistoryAction, before: string | null): string | null {
  if (outcome === 'failed' || outcome === 'reverted') return before;
  const whole = target === null && (outcome === 'done' || outcome === 'unchanged');
  return whole ? release : null;
}

interface Shown {
  readonly items: readonly Item[];
  /** Actions that the limit has cut off. */
  readonly older: number;
}

/** What was asked for. A gap stays with the action that it stands behind. */
export function shownOf(items: readonly Item[], asked: HistoryFilter): Shown {
  const fitting = items.filter((item) => fits(item, asked));
  const cut = fitting.filter(({ kind }) => kind === 'action')[asked.limit];
  const kept = cut === undefined ? fitting : fitting.slice(0, fitting.indexOf(cut));
  const all = fitting.filter(({ kind }) => kind === 'action').length;
  return { items: joined(kept), older: Math.max(0, all - asked.limit) };
}

/** Whether an action belongs to an environment: its own, all of them, or the traffic that it shares. */
const concerns = (
  { environment, target }: { readonly environment: string | null; readonly target?: string | null },
  asked: Pick<HistoryFilter, 'environment' | 'traffic'>,
): boolean =>
  asked.environment === null ||
  environment === null ||
  environment === asked.environment ||
  (target === 'traffic' && asked.traffic.includes(asked.environment));

function fits(item: Item, asked: HistoryFilter): boolean {
  if (asked.since !== null && item.at < asked.since) return false;
  if (item.kind === 'unreadable') return asked.release === null;
  if (!concerns(item, asked)) return false;
  if (asked.release === null) return true;
  return item.kind === 'action' && [item.release, item.previous].includes(asked.release);
}

/** Unreadable ones beside each other are one line: they must not drown the rest. */
function joined(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  for (const item of items) {
    const last = out.at(-1);
    if (item.kind === 'unreadable' && last?.kind === 'unreadable')
      out[out.length - 1] = { ...last, count: last.count + item.count };
    else out.push(item);
  }
  return out;
}
