/**
 * What one process of a router tells of itself: the state that it has applied, and what it has counted. A plain value, so
 * that processes send it to each other, and the pages of the admin port are made from the sum of all. Pure.
 */
import { splitOf, type Health, type SplitState, type TrafficState } from '../../traffic/index.ts';
import { isOpen } from '../split/circuit-breaker.ts';
import { totalOf, type Totals } from '../fleet/counters.ts';
import type { Arm, Fleet, FleetMember } from '../fleet/fleet.ts';
import { lookUp } from '../../shared/look-up.ts';

/** How the report is laid out. A process of another layout (during a restart with a new program) is left out of the sum. */
export const LAYOUT = 1;

interface ObservedCounts {
  readonly stable: number;
  readonly canary: number;
  readonly forced: number;
}

export interface MemberReport {
  readonly name: string;
  readonly arm: Arm;
  readonly address: string;
  readonly health: Health;
  readonly circuit: 'open' | 'closed';
  readonly drained: boolean;
  readonly inFlight: number;
  readonly longLived: number;
  /** Requests a second in the last minute. */
  readonly perSecond: number;
  /** Since the router started, and of those what a header has sent there. */
  readonly total: Totals;
  readonly forced: readonly number[];
}

export interface RouterReport extends SplitState {
  readonly layout: typeof LAYOUT;
  readonly app: string;
  readonly id: string;
  /** Percent of the requests for the canary, as it is given now. */
  readonly effective: number;
  /** Requests since the share was last changed. */
  readonly observed: ObservedCounts;
  readonly members: readonly MemberReport[];
  /** Gone from canopy.yml, with requests in flight still. */
  readonly leaving: readonly { readonly name: string; readonly address: string; readonly inFlight: number }[];
  readonly storeUp: boolean | null;
}

interface ReportInput {
  readonly app: string;
  readonly id: string;
  readonly fleet: Pick<Fleet, 'members' | 'leaving' | 'share' | 'observed'>;
  readonly state: TrafficState;
  readonly storeUp: boolean | null;
  readonly perSecond: Readonly<Record<string, number>>;
}

export function reportOf({ app, id, fleet, state, storeUp, perSecond }: ReportInput): RouterReport {
  return {
    ...{ layout: LAYOUT, app, id, ...splitOf(state), effective: fleet.share },
    ...{ observed: fleet.observed, storeUp },
    members: fleet.members.map((member) => memberReport(member, lookUp(perSecond, member.name) ?? 0)),
    leaving: [...fleet.leaving].map(({ name, upstream, inFlight }) => ({
      ...{ name, address: `${upstream.host}:${upstream.port}`, inFlight },
    })),
  };
}

const memberReport = (member: FleetMember, perSecond: number): MemberReport => ({
  name: member.name,
  arm: member.arm,
  address: `${member.upstream.host}:${member.upstream.port}`,
  health: member.health.state,
  circuit: isOpen(member.circuit) ? 'open' : 'closed',
  drained: member.drained,
  inFlight: member.inFlight,
  longLived: member.longLived,
  perSecond,
  total: totalOf(member),
  forced: [...member.forced.classes],
});
