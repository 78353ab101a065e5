/** What each instance runs by the journal alone, without asking its server. Pure. */
import type { Journal } from '../journal/journal.ts';
import { recordsOf } from '../journal/resumed.ts';
import type { ActionKind } from '../model/actions.ts';
import { instanceReports } from './instance-report.ts';

const switching: ReadonlySet<ActionKind> = new Set(['activate', 'restore']);

/** By instance; null: nothing, or it is not known. An instance that the deploy did not look at is absent. */
export function leftRunning(journal: Journal): Readonly<Record<string, string | null>> {
  const { plan, doing } = journal;
  const busy = new Set(doing.filter(({ kind }) => switching.has(kind)).map(({ instance }) => instance));
  const asksServers = new Set(plan.retire);
  // Of a blue-green environment the group that waits may run anything.
  if (plan.strategy === 'blue-green') for (const name of plan.unchanged) asksServers.add(name);
  return Object.fromEntries(
    instanceReports(plan, {}, recordsOf(journal), new Map()).map(({ name, release }) => [
      name,
      busy.has(name) || asksServers.has(name) ? null : release,
    ]),
  );
}
