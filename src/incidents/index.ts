/** What turned red or green in, who is to be told and what is to be done out. `next.ts` and `climb.ts` decide. */
export { actName, actsOf } from './acts.ts';
export { answer as answerIncident } from './answer.ts';
export { collect, type Opening } from './collect.ts';
export { type Surroundings } from './climb.ts';
export { changeIncident, getIncident, listIncidents } from './commands.ts';
export {
  BEGUN,
  incidentRecord,
  isRed,
  type Delivery,
  type Incident,
  type Rung,
  type Severity,
} from './incident.ts';
export { FLAP_MS, isOver, next, type IncidentEvent } from './next.ts';
export { ladderOf, openingOf } from './openings.ts';
export { peopleOf } from './people.ts';
export { IncidentRepository, type IncidentFile } from './repository.ts';
export { silence, silences, type Silence } from './silence.ts';
export { incidentData } from './table.ts';
