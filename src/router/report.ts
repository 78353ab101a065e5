/** The admin port's view of the running router. */
import type { AdminPorts } from './admin.ts';
import type { Fleet, Member } from './fleet.ts';
import type { openGuard } from './guard.ts';
import { metricsText, observedShare } from './metrics.ts';
import type { Shared } from './sync.ts';

export interface Running {
  readonly app: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly shared: Shared;
  /** Requests a second in the last minute, an instance. */
  readonly rates: () => Readonly<Record<string, number>>;
  readonly guard: ReturnType<typeof openGuard>;
  readonly now: () => number;
  readonly stopping: () => boolean;
}

export function adminPorts(running: Running): AdminPorts {
  const { app, id, fleet, shared, rates, guard, now, stopping } = running;
  const weight = (): object => ({
    weight: shared.state.weight,
    effective: fleet.share,
    observed: {
      ...fleet.observed,
      requests: fleet.observed.stable + fleet.observed.canary,
      share: observedShare(fleet.observed),
    },
    alert: shared.state.alert !== null,
    reverted: shared.state.reverted !== null,
  });
  return {
    guard: (need, authorization, address) => guard(need, { authorization, address, now: now() }),
    now,
    stopping,
    async raise(alert) {
      await shared.raise(alert);
      return shared.state.alert ?? alert;
    },
    rearm: () => shared.rearm(),
    async setWeight(value) {
      await shared.order({ kind: 'weight', weight: value });
    },
    weight,
    state() {
      const { epoch, version, enabled, alert, reverted, drained } = shared.state;
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
        drained,
        arms,
        storeUp: shared.storeUp,
      };
    },
    metrics() {
      const { weight: set, alert, reverted, version } = shared.state;
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
        version,
        storeUp,
      });
    },
  };
}

function shown(member: Member, perSecond: number): object {
  const { name, health, drained, inFlight, upstream, counters } = member;
  const answers = counters.classes.slice(1).reduce((sum, one) => sum + one, 0);
  const [failed = 0] = counters.classes;
  return {
    name,
    address: `${upstream.host}:${upstream.port}`,
    health: health.state,
    drained,
    inFlight,
    perSecond,
    answers,
    failed,
  };
}
