/** What a person does with incidents. */
import { fail } from '../errors.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { toLine } from '../shared/text/line.ts';
import { suggest } from '../shared/text/suggest.ts';
import { incidentKey } from '../store-keys.operate.ts';
import type { Surroundings } from './climb.ts';
import { isIncidentId, type Incident } from './incident.ts';
import { isOver, next, type IncidentEvent } from './next.ts';
import { IncidentRepository } from './repository.ts';

interface IncidentPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whoever changes one by hand tells nobody: the watcher does. */
const nobody: Surroundings = {
  people: { held: () => null, quietMeans: () => null, otherMeans: () => null },
  muted: () => 'the watcher tells',
};

/** Those that are not over; all that are kept with `all`. Newest first. */
export async function listIncidents(app: string, all: boolean, ports: IncidentPorts): Promise<Incident[]> {
  const repository = new IncidentRepository(app, ports);
  await repository.load();
  return repository.all
    .filter((one) => all || !isOver(one))
    .sort((a, b) => b.openedAt - a.openedAt || a.id.localeCompare(b.id));
}

/** Throws `incident-unknown`. */
export async function getIncident(app: string, id: string, ports: IncidentPorts): Promise<Incident> {
  const found = isIncidentId(id) ? await new IncidentRepository(app, ports).get(id) : null;
  return found ?? (await unknown(app, id, ports));
}

/** Acknowledged or resolved by somebody. Throws `incident-unknown`. */
export async function changeIncident(
  app: string,
  id: string,
  event: IncidentEvent,
  ports: IncidentPorts,
): Promise<{ readonly changed: boolean; readonly incident: Incident }> {
  const before = await getIncident(app, id, ports);
  const repository = new IncidentRepository(app, ports);
  const incident = await repository.change(id, (one) => next(one, event, ports.clock.now(), nobody));
  if (incident === null) return unknown(app, id, ports);
  return { changed: incident.state !== before.state, incident };
}

async function unknown(app: string, id: string, { store }: IncidentPorts): Promise<never> {
  const prefix = incidentKey(app, '');
  const known = (await store.list(prefix)).map((key) => key.slice(prefix.length));
  throw fail('incident-unknown', { id: toLine(id, 80), suggestion: suggest(id, known) });
}
