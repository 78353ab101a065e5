/** What one look at a HAProxy says of a server. Pure. */
import { objectionsTo, type ArmServers } from '../haproxy/index.ts';
import type { HaproxyConfig } from '../config/types.ts';
import { CanopyError, problem, type Problem } from '../errors.ts';
import type { InstanceLoad } from '../ports/ports.ts';
import type { TrafficState } from '../traffic/index.ts';
import type { Reconciled } from './reconcile.ts';
import { lookUp } from '../shared/look-up.ts';

/** What has to be otherwise before it can be driven. */
export function stateDifferences(
  { name, stand, drift }: Reconciled,
  { socket, backend }: HaproxyConfig,
  arms: ArmServers,
): Problem[] {
  return [
    ...objectionsTo(stand, arms).map((found) =>
      found.kind === 'level'
        ? problem('haproxy-level', { host: name, socket, level: found.level })
        : problem('haproxy-static', { host: name, backend, algorithm: found.algorithm }),
    ),
    ...drift
      .filter(({ lines }) => lines.length === 0)
      .map(({ server, instance }) => problem('haproxy-server', { host: name, backend, server, instance })),
  ];
}

/** What was wanted of a server. */
export const wantedState = ({ wanted }: Reconciled, server: string): string | undefined =>
  wanted.servers.find((one) => one.server === server)?.state;

/** As it is wanted, and found healthy where that is asked. */
export function isIn(one: Reconciled, server: string): boolean {
  const found = lookUp(one.stand.servers, server);
  const wanted = wantedState(one, server);
  return found !== undefined && found.state === wanted && (wanted !== 'ready' || found.up);
}

/** Why a host was not reached; a fault of ours is thrown. */
export function reasonOf({ reason }: PromiseRejectedResult): string {
  if (reason instanceof CanopyError) return reason.message;
  throw reason;
}

/** Whether something of it had to be changed. */
export const differs = (ended: PromiseSettledResult<Reconciled> | undefined): boolean =>
  ended?.status === 'fulfilled' && ended.value.drift.some(({ lines }) => lines.length > 0);

/** An instance as all of them see it. */
export function loadOf(
  { instance, server }: { readonly instance: string; readonly server: string },
  found: readonly Reconciled[],
  state: TrafficState | null,
): InstanceLoad {
  const stands = found.flatMap(({ stand }) => lookUp(stand.servers, server) ?? []);
  return {
    name: instance,
    healthy: stands.length === found.length && stands.every(({ up }) => up),
    drained: Object.hasOwn(state?.drained ?? {}, instance) || stands.some((one) => one.state !== 'ready'),
    requestsPerSecond: sum(stands.map(({ rate }) => rate)),
  };
}

export const byName = (a: InstanceLoad, b: InstanceLoad): number => (a.name < b.name ? -1 : 1);
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
