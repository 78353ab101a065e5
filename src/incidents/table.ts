/** Incidents for people. Pure. */
import { columns } from '../shared/text/columns.ts';
import { few } from '../shared/text/few.ts';
import type { SentMessage } from '../messages/index.ts';
import type { Delivery, Incident } from './incident.ts';

const when = (at: number): string => new Date(at).toISOString();

const names = ({ targets }: Incident): string => few(targets.map(({ name }) => name));

export function listText(incidents: readonly Incident[]): string {
  if (incidents.length === 0) return 'no incident is open';
  const rows = incidents.map((one) => [
    one.id,
    one.state === 'acknowledged' ? `acknowledged by ${one.acknowledgedBy ?? ''}` : one.state,
    one.severity,
    one.rule,
    when(one.openedAt),
    names(one),
  ]);
  return columns([['incident', 'state', 'severity', 'rule', 'since', 'targets'], ...rows]).join('\n');
}

export function incidentText(incident: Incident): string {
  const { id, rule, severity, state, openedAt, resolvedAt, targets, deliveries, timeline } = incident;
  const head = [
    `${id}  ${rule}, ${severity}: ${state}${state === 'acknowledged' ? ` by ${incident.acknowledgedBy ?? ''}` : ''}`,
    `since ${when(openedAt)}${resolvedAt === null ? '' : `, until ${when(resolvedAt)}`}`,
    `${targets.length === 1 ? 'target' : 'targets'} ${names(incident)}`,
  ];
  const told = deliveries.map((one) => [when(one.at), one.by, one.to, said(one), one.providerId ?? '']);
  const lines = timeline.map(({ at, text }) => [when(at), text]);
  return [
    ...head,
    ...(told.length === 0 ? [] : ['', 'told', ...columns(told, '  ')]),
    ...(lines.length === 0 ? [] : ['', 'what happened', ...columns(lines, '  ')]),
  ].join('\n');
}

export function historyText(messages: readonly SentMessage[]): string {
  if (messages.length === 0) return 'nobody was told anything';
  const rows = messages.map(({ at, by, person, outcome, providerId, incident, why }) => [
    when(at),
    by,
    person,
    outcome,
    incident ?? '',
    providerId ?? '',
    why ?? '',
  ]);
  return columns([['when', 'by', 'to', 'how', 'incident', 'provider', ''], ...rows]).join('\n');
}

const said = ({ outcome, why }: Delivery): string =>
  `${outcome ?? 'on its way'}${why === null ? '' : `: ${why}`}`;

/** As documents show it. */
export const incidentData = ({
  ladder,
  climbedAt,
  toldAt,
  repeats,
  changes,
  reactions,
  ...shown
}: Incident) => ({
  ...shown,
  targets: shown.targets.map(({ name }) => name),
  acts: reactions,
});
