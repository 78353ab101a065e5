/** What Canopy wants of each server of one HAProxy, given the shared traffic state. Pure. */
import { shareOf, type TrafficState } from '../traffic/index.ts';
import type { AdminState } from './runtime-commands.ts';
import type { HaproxyState } from './parse.ts';
import { factorsFor, ratiosOf } from './weights.ts';
import { lookUp } from '../shared/look-up.ts';

export interface BackendServer {
  readonly instance: string;
  /** Its name in the backend. */
  readonly server: string;
}

export interface ArmServers {
  readonly stable: readonly BackendServer[];
  readonly canary: readonly BackendServer[];
}

export interface DesiredServer extends BackendServer {
  readonly state: AdminState;
  readonly weight: number;
}

export interface DesiredState {
  readonly servers: readonly DesiredServer[];
  /** Percent of the requests for the canary: as it holds, and as whole weights come to. */
  readonly share: number;
  readonly given: number;
}

/**
 * A canary without a share stands in maintenance, not at weight 0: cookies would lead to it. Without a share the weights of
 * stable are those of haproxy.cfg; with one they keep their ratios. `leaving`: instances that are drained, and still may
 * finish what their clients have begun.
 */
export function desiredOf(
  state: TrafficState | null,
  { stable, canary }: ArmServers,
  stand: HaproxyState,
  leaving: readonly string[] = [],
): DesiredState {
  const share = state === null || canary.length === 0 ? 0 : shareOf(state);
  const isOut = ({ instance }: BackendServer): boolean => Object.hasOwn(state?.drained ?? {}, instance);
  const configured = ({ server }: BackendServer): number => lookUp(stand.servers, server)?.configured ?? 1;
  const ratios = {
    stable: ratiosOf(stable.map(configured)),
    canary: ratiosOf(canary.map(configured)),
  };
  const serving = (members: readonly BackendServer[], of: readonly number[]): number[] =>
    of.filter((_, at) => !isOut(members[at] as BackendServer));
  const factors =
    share === 0 ? null : factorsFor(share, serving(stable, ratios.stable), serving(canary, ratios.canary));
  const out = (member: BackendServer): AdminState => (leaving.includes(member.instance) ? 'drain' : 'maint');
  return {
    share,
    given: factors?.given ?? 0,
    servers: [
      ...stable.map((member, at) => ({
        ...member,
        state: isOut(member) ? out(member) : ('ready' as const),
        weight: factors === null ? configured(member) : factors.stable * (ratios.stable[at] ?? 1),
      })),
      ...canary.map((member, at) => ({
        ...member,
        state: isOut(member) || factors === null ? out(member) : ('ready' as const),
        weight: factors === null ? configured(member) : factors.canary * (ratios.canary[at] ?? 1),
      })),
    ],
  };
}
