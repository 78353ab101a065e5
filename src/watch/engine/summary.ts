/** How everything is, for people and programs. Pure. */
import { incidentData, isOver, type Incident } from '../../incidents/index.ts';
import type { CheckedTarget } from '../../probes/index.ts';
import { columns } from '../../shared/text/columns.ts';

interface WatchedState {
  readonly targets: readonly CheckedTarget[];
  readonly incidents: readonly Incident[];
  /** Null: another one leads, and tells. */
  readonly leads: boolean;
}

interface WatchSummary {
  readonly red: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export function summaryOf({ targets, incidents, leads }: WatchedState): WatchSummary {
  const open = incidents.filter((one) => !isOver(one));
  const down = targets.filter(({ state }) => state.state === 'down');
  const rows = targets.map(({ subject, state, last }) => [subject.name, state.state, last?.why ?? '']);
  const shown = down.length > 0 ? rows.filter(([, state]) => state !== 'up') : [];
  const sentence =
    open.length + down.length === 0
      ? `all ${targets.length} targets are well`
      : `${down.length} of ${targets.length} targets down, ${open.length === 1 ? '1 incident' : `${open.length} incidents`} open`;
  const who = leads ? [] : ['another watcher leads: it tells'];
  return {
    red: open.length + down.length > 0,
    data: {
      leads,
      targets: targets.map(({ subject, state, last }) => ({
        name: subject.name,
        kind: subject.probe?.kind ?? null,
        state: state.state,
        since: state.since,
        latencyMs: last?.latencyMs ?? null,
        why: last?.why ?? null,
      })),
      incidents: open.map(incidentData),
    },
    text: [...columns(shown), sentence, ...who].join('\n'),
  };
}
