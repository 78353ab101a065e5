/** Makes the HAProxys stand as the traffic state says, and tells where they did not. */
import {
  diffOf,
  inParts,
  desiredOf,
  type ArmServers,
  type ServerDiff,
  type HaproxyState,
  type DesiredState,
} from '../haproxy/index.ts';
import type { TrafficState } from '../traffic/index.ts';
import type { Haproxy } from './haproxies.ts';

/** One HAProxy as it stood, and what was done about it. */
export interface Reconciled {
  readonly name: string;
  /** Before it was mended. */
  readonly stand: HaproxyState;
  readonly wanted: DesiredState;
  readonly drift: readonly ServerDiff[];
}

/** A difference, and on which host. */
export interface HostDrift {
  readonly host: string;
  readonly instance: string;
  readonly server: string;
  readonly says: string;
}

/** Looks, and changes nothing. */
export async function compared(
  one: Haproxy,
  state: TrafficState | null,
  { arms, backend }: { readonly arms: ArmServers; readonly backend: string },
  leaving: readonly string[] = [],
): Promise<Reconciled> {
  const stand = await one.stand();
  const wanted = desiredOf(state, arms, stand, leaving);
  return { name: one.name, stand, wanted, drift: diffOf(wanted, stand, backend) };
}

/** Looks, and changes what differs. */
export async function reconcileHosts(
  one: Haproxy,
  state: TrafficState | null,
  of: { readonly arms: ArmServers; readonly backend: string },
  leaving: readonly string[] = [],
): Promise<Reconciled> {
  const found = await compared(one, state, of, leaving);
  const lines = found.drift.flatMap((drift) => drift.lines);
  const title = found.drift.map(({ server, says }) => `${server}: ${says}`).join('; ');
  for (const part of inParts(lines)) await one.tell(part, `mend ${title}`);
  return found;
}

export const hostDrift = ({ name, drift }: Reconciled): HostDrift[] =>
  drift.map(({ instance, server, says }) => ({ host: name, instance, server, says }));

/** A share that whole weights do not meet, for people; null: they do. */
export function unmet(all: readonly Reconciled[]): string | null {
  const worst = all.find(({ wanted: { share, given } }) => Math.abs(share - given) >= 0.05);
  if (worst === undefined) return null;
  const { share, given } = worst.wanted;
  return `HAProxy gives the canary ${given.toFixed(2)} % in place of ${share} %: its weights are whole numbers up to 256`;
}
