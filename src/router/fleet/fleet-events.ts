/** What the fleet tells, as the log shows it. */
import type { Log } from '../../ports/ports.ts';
import { isOpen } from '../split/circuit-breaker.ts';
import type { FleetEvent, FleetMember } from './fleet.ts';

/** The same about the same instance is told so often at most, with how often it was. */
const OFTEN_MS = 60_000;
/** Different ones that are kept in mind. */
const MOST_KINDS = 1000;

export function newsFor(
  log: Log,
  now: () => number,
): (news: FleetEvent, member: FleetMember, detail?: string) => void {
  const told = new Map<string, { readonly at: number; more: number }>();
  const refused = (member: FleetMember, reason: string): void => {
    const key = `${member.name} ${reason}`;
    const last = told.get(key);
    if (last !== undefined && now() - last.at < OFTEN_MS) {
      last.more += 1;
      return;
    }
    const more = last === undefined || last.more === 0 ? '' : `, and ${last.more} before it`;
    if (told.size >= MOST_KINDS) told.clear();
    told.set(key, { at: now(), more: 0 });
    log.warn(`an answer was refused: ${reason}${more} (docs/traffic.md, Answers)`, member.name);
  };
  return (news, member, detail = '') => {
    if (news === 'refused') refused(member, detail);
    else if (news === 'circuit')
      log.info(isOpen(member.circuit) ? 'fails requests; spared for a while' : 'answers again', member.name);
    else if (news === 'health') log.info(member.health.state, member.name);
  };
}
