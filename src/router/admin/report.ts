/** The admin port's view of the running router. */
import type { AdminPorts } from './admin.ts';
import { isOpen } from '../pick/circuit.ts';
import { answersOf, totalOf } from '../fleet/counters.ts';
import type { Fleet, Member } from '../fleet/fleet.ts';
import type { openGuard } from './guard.ts';
import { wilson } from './confidence.ts';
import { endOf, type Ledger } from '../state/ledger.ts';
import { metricsText, observedShare } from './metrics.ts';
import type { ReloadAnswer } from '../setup/reload.ts';
import type { Shared } from '../state/sync.ts';

export interface Running {
  readonly app: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly shared: Shared;
  readonly ledger: Ledger;
  /** Without one what is decided here is decided. */
  readonly hasStore: boolean;
  /** Waits until the other routers know of the alert, a moment at the most; the late ones, or null. */
  readonly others: () => Promise<readonly string[] | null>;
  readonly reload: () => Promise<ReloadAnswer>;
  /** Requests a second in the last minute, an instance. */
  readonly rates: () => Readonly<Record<string, number>>;
  readonly guard: ReturnType<typeof openGuard>;
  readonly now: () => number;
  readonly stopping: () => boolean;
}

export function adminPorts(running: Running): AdminPorts {
  const { app, id, fleet, shared, ledger, rates, guard, now, stopping, others, reload, hasStore } = running;
  const weight = (): object => ({
    weight: shared.state.weight,
    effective: fleet.share,
    observed: {
      ...fleet.observed,
      requests: fleet.observed.stable + fleet.observed.canary,
      share: observedShare(fleet.observed),
      ...wilson(fleet.observed.canary, fleet.observed.stable + fleet.observed.canary),
    },
    sticky: shared.state.sticky,
    alert: shared.state.alert !== null,
    reverted: shared.state.reverted !== null,
  });
  const audited = async (
    action: string,
    by: string,
    reasons: readonly string[],
    work: () => Promise<boolean>,
  ): Promise<void> => {
    const ended = ledger.begin(action, by, reasons);
    ended(endOf((await work()) || !hasStore));
  };
  return {
    guard: (need, authorization, address) => guard(need, { authorization, address, now: now() }),
    now,
    stopping,
    async raise(alert) {
      const isNew = shared.state.alert === null;
      // It is told to nobody before it holds: what is asked for in an emergency waits for nothing.
      const raised = shared.raise(alert);
      const ended = isNew ? ledger.begin('alert', alert.by, [alert.reason]) : null;
      await raised;
      const late = await others();
      ended?.(endOf(late !== null || !hasStore));
      return { alert: shared.state.alert ?? alert, late };
    },
    rearm: (by) => audited('re-arm', by, [], () => shared.rearm()),
    setWeight: (value, by) =>
      audited(`canary weight ${value}%`, by, [], () => shared.order({ kind: 'weight', weight: value })),
    setSticky: (mode, by) =>
      audited(`canary sticky ${mode}`, by, [], () => shared.order({ kind: 'sticky', mode })),
    maintenance: () => shared.state.maintenance,
    maintain: ({ on, reason }, by) =>
      audited(`maintenance ${on ? 'on' : 'off'}`, by, on ? [reason] : [], () =>
        shared.order({ kind: 'maintain', alert: on ? { since: now(), by, reason } : null }),
      ),
    async reload(by) {
      const ended = ledger.begin('router reload', by);
      const answer = await reload();
      ended(answer.ok ? { outcome: 'done' } : { outcome: 'failed', reasons: [answer.reason] });
      return answer;
    },
    weight,
    state() {
      const { epoch, version, enabled, alert, reverted, drained, relapses, maintenance } = shared.state;
      const perSecond = rates();
      const told = (member: Member): object => shown(member, perSecond[member.name] ?? 0);
      const arms = { stable: fleet.arm('stable').map(told), canary: fleet.arm('canary').map(told) };
      return {
        app,
        id,
        epoch,
        version,
        enabled,
        ...weight(),
        alert,
        reverted,
        relapses,
        maintenance,
        drained,
        arms,
        leaving: [...fleet.leaving].map(left),
        storeUp: shared.storeUp,
      };
    },
    metrics() {
      const { weight: set, alert, reverted, maintenance, version } = shared.state;
      const { members, share, observed } = fleet;
      const storeUp = shared.storeUp;
      return metricsText({
        app,
        members,
        weight: set,
        share,
        observed,
        alert: alert !== null,
        reverted: reverted !== null,
        maintenance: maintenance !== null,
        version,
        storeUp,
      });
    },
  };
}

/** Gone from canopy.yml, with requests in flight still. */
const left = ({ name, upstream: { host, port }, inFlight }: Member): object => ({
  ...{ name, address: `${host}:${port}`, inFlight },
});

function shown(member: Member, perSecond: number): object {
  const { name, health, circuit, drained, inFlight, longLived, upstream } = member;
  const forced = member.forced.classes.reduce((sum, one) => sum + one, 0);
  return {
    name,
    address: `${upstream.host}:${upstream.port}`,
    health: health.state,
    circuit: isOpen(circuit) ? 'open' : 'closed',
    drained,
    inFlight,
    longLived,
    perSecond,
    ...answersOf(totalOf(member)),
    forced,
  };
}
