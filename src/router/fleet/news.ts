/** What the fleet tells, as the log shows it. */
import type { Log } from '../../ports.ts';
import { isOpen } from '../pick/circuit.ts';
import type { FleetNews, Member } from './fleet.ts';

export function logNews(log: Log, news: FleetNews, member: Member): void {
  if (news === 'circuit')
    log.info(isOpen(member.circuit) ? 'fails requests; spared for a while' : 'answers again', member.name);
  else if (news === 'health') log.info(member.health.state, member.name);
}
