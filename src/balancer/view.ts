/** What stands, for people: who splits the traffic, who of them answers, and where they differ from what is wanted. Pure. */
import type { BalancerKind } from '../config/types.ts';
import type { Reconciled, HostDrift } from './reconcile.ts';
import { worstHealth, type Health } from '../traffic/index.ts';
import { lookUp } from '../shared/look-up.ts';

export interface BalancerView {
  readonly kind: BalancerKind;
  /** HAProxy's hosts; `reason`: why one does not answer, null: it does. */
  readonly hosts: readonly { readonly host: string; readonly reason: string | null }[];
  readonly drift: readonly HostDrift[];
  /** What HAProxy finds: healthy, unhealthy, or unknown where it does not ask. */
  readonly health: Readonly<Record<string, Health>>;
}

/** What one look at all of them comes to. */
export function viewOf(
  looked: readonly {
    readonly host: string;
    readonly found: Reconciled | null;
    readonly reason: string | null;
  }[],
): Omit<BalancerView, 'kind'> {
  const found = looked.flatMap((one) => one.found ?? []);
  const health: Record<string, Health> = {};
  for (const { stand, wanted } of found)
    for (const { instance, server } of wanted.servers) {
      const found = lookUp(stand.servers, server);
      const says =
        found === undefined || found.state === 'maint' ? 'unknown' : found.up ? 'healthy' : 'unhealthy';
      // Of several the worst is told.
      health[instance] = worstHealth([lookUp(health, instance) ?? says, says]) ?? says;
    }
  return {
    hosts: looked.map(({ host, reason }) => ({ host, reason })),
    drift: found.flatMap(({ name, drift }) =>
      drift.map(({ instance, server, says }) => ({ host: name, instance, server, says })),
    ),
    health,
  };
}

/** The view in lines; none when there is nothing to say. */
export function tellView(view: BalancerView | null): string[] {
  if (view === null || view.kind !== 'haproxy') return [];
  const names = view.hosts.map(({ host }) => host).join(', ');
  return [
    `split by HAProxy on ${names}${view.drift.length === 0 ? '' : ', which differs from what is wanted:'}`,
    ...view.drift.map(({ host, server, says }) => `  ${host}: ${server} is ${says}`),
    ...view.hosts.flatMap(({ host, reason }) =>
      reason === null ? [] : `  ${host} does not answer: ${reason}`,
    ),
  ];
}
