/** Makes the HAProxys stand as the traffic state says, and tells where they did not. */
import {
  driftOf,
  inParts,
  wantedOf,
  type Arms,
  type Drift,
  type Stand,
  type Wanted,
} from '../haproxy/index.ts';
import type { TrafficState } from '../traffic/index.ts';
import type { Haproxy } from './haproxies.ts';

/** One HAProxy as it stood, and what was done about it. */
export interface Mended {
  readonly name: string;
  /** Before it was mended. */
  readonly stand: Stand;
  readonly wanted: Wanted;
  readonly drift: readonly Drift[];
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
  { arms, backend }: { readonly arms: Arms; readonly backend: string },
  leaving: readonly string[] = [],
): Promise<Mended> {
  const stand = await one.stand();
  const wanted = wantedOf(state, arms, stand, leaving);
  return { name: one.name, stand, wanted, drift: driftOf(wanted, stand, backend) };
}

/** Looks, and changes what differs. */
export async function mend(
  one: Haproxy,
  state: TrafficState | null,
  of: { readonly arms: Arms; readonly backend: string },
  leaving: readonly string[] = [],
): Promise<Mended> {
  const found = await compared(one, state, of, leaving);
  const lines = found.drift.flatMap((drift) => drift.lines);
  const title = found.drift.map(({ server, says }) => `${server}: ${says}`).join('; ');
  for (const part of inParts(lines)) await one.tell(part, `mend ${title}`);
  return found;
}

export const hostDrift = ({ name, drift }: Mended): HostDrift[] =>
  drift.map(({ instance, server, says }) => ({ host: name, instance, server, says }));

/** A share that whole weights do not meet, for people; null: they do. */
export function unmet(all: readonly Mended[]): string | null {
  const worst = all.find(({ wanted: { share, given } }) => Math.abs(share - given) >= 0.05);
  if (worst === undefined) return null;
  const { share, given } = worst.wanted;
  return `HAProxy gives the canary ${given.toFixed(2)} % in place of ${share} %: its weights are whole numbers up to 256`;
}
