/** What `canopy incident` does and says. */
import { fail } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { messageHistory } from '../messages/index.ts';
import { showDuration } from '../shared/text/units.ts';
import { changeIncident, getIncident, listIncidents } from './commands.ts';
import { silence, silences } from './silence.ts';
import { historyText, incidentData, incidentText, listText } from './table.ts';

interface IncidentAsked {
  readonly app: string;
  readonly action: 'list' | 'show' | 'ack' | 'resolve' | 'silence' | 'history';
  readonly id: string | null;
  readonly all: boolean;
  readonly forMs: number | null;
  readonly sinceMs: number;
  readonly reason: string | null;
  readonly by: string;
}

interface AnswerPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

interface IncidentAnswer {
  readonly outcome: 'done' | 'unchanged';
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const usage = (reason: string): Error => fail('usage', { reason, step: 'incident' });

export async function answer(asked: IncidentAsked, ports: AnswerPorts): Promise<IncidentAnswer> {
  const { app, action, id, by, forMs } = asked;
  const now = ports.clock.now();
  if (action === 'list') {
    const incidents = await listIncidents(app, asked.all, ports);
    const quiet = await silences(app, now, ports.store);
    const lines = quiet.map(
      (one) => `${one.of} is silenced until ${new Date(one.until).toISOString()} by ${one.by}: ${one.reason}`,
    );
    return {
      outcome: 'done',
      data: { incidents: incidents.map(incidentData), silences: quiet },
      text: [listText(incidents), ...lines].join('\n'),
    };
  }
  if (action === 'history') {
    const messages = await messageHistory(ports.store, app, now - asked.sinceMs);
    return { outcome: 'done', data: { messages }, text: historyText(messages) };
  }
  if (id === null)
    throw usage(`${action} needs ${action === 'silence' ? 'a rule or a target' : 'an incident'}`);
  if (action === 'silence') return silenced(asked, id, ports);
  if (action === 'show') {
    const found = await getIncident(app, id, ports);
    return { outcome: 'done', data: incidentData(found), text: incidentText(found) };
  }
  const event =
    action === 'ack'
      ? { is: 'acknowledged' as const, by, until: forMs === null ? null : now + forMs }
      : { is: 'resolved' as const, by };
  const { changed, incident } = await changeIncident(app, id, event, ports);
  const said =
    incident.state === 'acknowledged' ? `acknowledged by ${incident.acknowledgedBy ?? ''}` : incident.state;
  return {
    outcome: changed ? 'done' : 'unchanged',
    data: incidentData(incident),
    text: `${id} is ${said}${changed ? '' : ' already'}`,
  };
}

async function silenced(
  asked: IncidentAsked,
  of: string,
  { store, clock }: AnswerPorts,
): Promise<IncidentAnswer> {
  const { app, forMs, reason, by } = asked;
  if (forMs === null || reason === null) throw usage('silence needs --for and --reason: others want to know');
  const since = clock.now();
  const made = await silence(app, { of, by, reason, since, until: since + forMs }, store);
  return {
    outcome: 'done',
    data: { ...made },
    text: `nobody is told of ${made.of} for ${showDuration(forMs)}`,
  };
}
