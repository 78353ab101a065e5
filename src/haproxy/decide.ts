/** Where one HAProxy differs from what Canopy wants, and what mends it. Pure. */
import {
  setHealth,
  setState,
  setWeight,
  type ServerAddress,
  type RuntimeCommand,
} from './runtime-commands.ts';
import type { ServerState, HaproxyState } from './parse.ts';
import type { DesiredState, DesiredServer } from './desired.ts';
import { lookUp } from '../shared/look-up.ts';

export interface ServerDiff {
  readonly instance: string;
  readonly server: string;
  /** What differs: `maint, wanted ready`, `weight 100, wanted 90`. */
  readonly says: string;
  /** What mends it; none: nothing that can be said to it does. */
  readonly lines: readonly RuntimeCommand[];
}

/** The differences, those that take somebody out of the traffic first. */
export function diffOf(wanted: DesiredState, stand: HaproxyState, backend: string): readonly ServerDiff[] {
  const found = wanted.servers.flatMap((one): (ServerDiff & { readonly leaves: boolean })[] => {
    const { instance, server } = one;
    const own = lookUp(stand.servers, server);
    if (own === undefined)
      return [{ instance, server, says: 'no such server in the backend', lines: [], leaves: false }];
    const says = differences(one, own);
    if (says.length === 0) return [];
    const lines = mending({ backend, server }, one, own);
    return [{ instance, server, says: says.join(', '), lines, leaves: one.state !== 'ready' }];
  });
  return [...found.filter(({ leaves }) => leaves), ...found.filter(({ leaves }) => !leaves)].map(
    ({ leaves: _, ...drift }) => drift,
  );
}

function differences(wanted: DesiredServer, own: ServerState): string[] {
  return [
    ...(own.state === wanted.state ? [] : [`${own.state}, wanted ${wanted.state}`]),
    // One that is out gets no request by its weight.
    ...(own.weight === wanted.weight || wanted.state !== 'ready'
      ? []
      : [`weight ${own.weight}, wanted ${wanted.weight}`]),
  ];
}

/**
 * From maintenance HAProxy takes a server for healthy until a check says otherwise: so it comes back without a weight, is
 * told to be down, and its checks raise it.
 */
function mending(at: ServerAddress, wanted: DesiredServer, own: ServerState): RuntimeCommand[] {
  const weight = setWeight(at, wanted.weight);
  if (own.state === wanted.state) return [weight];
  if (wanted.state !== 'ready') return [setState(at, wanted.state)];
  if (own.state !== 'maint' || !own.checked) return [weight, setState(at, 'ready')];
  return [setWeight(at, 0), setState(at, 'ready'), setHealth(at, 'down'), weight];
}

/** What has to be otherwise before Canopy can drive it; empty: nothing. */
export function objectionsTo(
  stand: HaproxyState,
  arms: { readonly canary: readonly unknown[] },
): readonly Objection[] {
  return [
    ...(stand.level === 'admin' ? [] : [{ kind: 'level', level: stand.level } as const]),
    ...(arms.canary.length > 0 && stand.algorithm === 'static-rr'
      ? [{ kind: 'static', algorithm: stand.algorithm } as const]
      : []),
  ];
}

type Objection =
  | { readonly kind: 'level'; readonly level: string }
  /** Its weights cannot change while it runs. */
  | { readonly kind: 'static'; readonly algorithm: string };
