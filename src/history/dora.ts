/** The four DORA figures of one environment, from its actions. Each tells from how many events it is made. Pure. */
import type { HistoryAction } from './parse.ts';

export interface Dora {
  readonly environment: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly deploymentFrequency: { readonly perDay: number | null; readonly events: number };
  readonly leadTime: {
    /** From the commit to the end of its deploy. */
    readonly medianMs: number | null;
    readonly events: number;
    /** Deploys whose commit git does not know here. */
    readonly unknown: number;
  };
  readonly changeFailureRate: {
    readonly percent: number | null;
    readonly failures: number;
    readonly events: number;
  };
  readonly timeToRestore: {
    readonly medianMs: number | null;
    readonly events: number;
    /** Failures that nothing has mended yet. */
    readonly open: number;
  };
}

export interface DoraInput {
  readonly environment: string;
  /** Of this environment, newest first. */
  readonly actions: readonly HistoryAction[];
  /** Null: from the first deploy on. */
  readonly since: number | null;
  readonly now: number;
  /** When commits were made, as far as git knows. */
  readonly commitTimes: ReadonlyMap<string, number>;
}

const day = 86_400_000;
/** Fewer events say nothing. */
const enough = 2;
const failing = ['reverted', 'mixed', 'frozen', 'partial'];

/** The deploys that count, oldest first: they have put a release on the environment, or have failed to. */
export const changesOf = (actions: readonly HistoryAction[]): HistoryAction[] =>
  [...actions]
    .reverse()
    .filter(({ action, outcome }) => action === 'deploy' && (outcome === 'done' || isFailing(outcome)));

export function dora({ environment, actions, since, now, commitTimes }: DoraInput): Dora {
  const within = actions.filter(({ at }) => since === null || at >= since);
  const changes = changesOf(within);
  const done = changes.filter(({ outcome }) => outcome === 'done');
  const from = since ?? changes[0]?.at ?? now;
  const leads = done.flatMap((one) => {
    const time = one.commit === null ? undefined : commitTimes.get(one.commit);
    return time === undefined ? [] : [Math.max(0, endOf(one) - time)];
  });
  const failures = failuresOf([...within].reverse());
  const restored = failures.flatMap((ms) => ms ?? []);
  return {
    environment,
    from,
    to: now,
    deploymentFrequency: {
      perDay: done.length < enough ? null : done.length / Math.max(1, (now - from) / day),
      events: done.length,
    },
    leadTime: { medianMs: median(leads), events: leads.length, unknown: done.length - leads.length },
    changeFailureRate: {
      percent: changes.length < enough ? null : (100 * failures.length) / changes.length,
      failures: failures.length,
      events: changes.length,
    },
    timeToRestore: {
      medianMs: median(restored),
      events: restored.length,
      open: failures.length - restored.length,
    },
  };
}

/** For each failed change the milliseconds until it was mended; null: it is not yet. From actions that are oldest first. */
function failuresOf(actions: readonly HistoryAction[]): (number | null)[] {
  return actions.flatMap((one, at) => {
    if (one.action !== 'deploy') return [];
    const later = actions.slice(at + 1);
    // It went back by itself, and knows how long that took.
    if (one.outcome === 'reverted') return [one.revertMs ?? one.durationMs];
    if (isFailing(one.outcome)) {
      const mended = later.find(({ action, outcome }) => isDeploy(action) && outcome === 'done');
      return [mended ? Math.max(0, endOf(mended) - endOf(one)) : null];
    }
    // What was rolled back by hand was no success either.
    const next = later.find(({ action, outcome }) => isDeploy(action) && outcome === 'done');
    const undone = one.outcome === 'done' && next?.action === 'rollback' && next.previous === one.release;
    return undone ? [Math.max(0, endOf(next) - endOf(one))] : [];
  });
}

const isDeploy = (action: string): boolean => action === 'deploy' || action === 'rollback';
const isFailing = (outcome: string | null): boolean => outcome !== null && failing.includes(outcome);
const endOf = ({ at, durationMs }: HistoryAction): number => at + (durationMs ?? 0);

function median(values: readonly number[]): number | null {
  if (values.length < enough) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (upper + lower) / 2;
}
