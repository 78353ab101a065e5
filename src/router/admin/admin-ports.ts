/** The admin port's view of the running router: what it tells, and what can be done to it, each with its audit entry. */
import type { AdminPorts } from './routes.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ReloadAnswer } from '../setup/reload.ts';
import type { Siblings } from '../cluster/siblings.ts';
import { endOf, type AuditOutbox } from '../store/audit-outbox.ts';
import type { Shared } from '../store/shared-state.ts';
import { reportOf, type RouterReport } from './process-report.ts';
import { pastOf, readReport, sumReports, type WholeReport } from './sum-reports.ts';

interface Running {
  readonly app: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly shared: Shared;
  readonly outbox: AuditOutbox;
  readonly siblings: Siblings;
  /** Without one what is decided here is decided. */
  readonly hasStore: boolean;
  /** Waits until the other routers know of the alert, a moment at the most; the late ones, or null. */
  readonly others: () => Promise<readonly string[] | null>;
  readonly reload: () => Promise<ReloadAnswer>;
  /** Requests a second in the last minute, an instance. */
  readonly rates: () => Readonly<Record<string, number>>;
  readonly now: () => number;
  readonly stopping: () => boolean;
}

/** What this process alone tells. */
export const ownReport = ({ app, id, fleet, shared, rates }: Running): RouterReport =>
  reportOf({ app, id, fleet, state: shared.state, storeUp: shared.storeUp, perSecond: rates() });

/** What all processes of the router tell together. */
async function wholeReport(running: Running): Promise<WholeReport> {
  const own = ownReport(running);
  const { others, past } = await running.siblings.reports(own);
  const read = others.map(readReport).filter((one) => one !== null);
  return sumReports(own, read, pastOf(past));
}

export function adminPorts(running: Running): AdminPorts {
  const { now, stopping, shared } = running;
  const audited = (
    action: string,
    by: string,
    reasons: readonly string[],
    work: Promise<boolean>,
  ): Promise<void> => audit(running, action, by, reasons, work);
  return {
    now,
    stopping,
    raise: (alert) => raise(running, alert),
    rearm: (by) => audited('re-arm', by, [], shared.rearm()),
    setWeight: (value, by) =>
      audited(`canary weight ${value}%`, by, [], shared.order({ kind: 'weight', weight: value })),
    setSticky: (mode, by) => audited(`canary sticky ${mode}`, by, [], shared.order({ kind: 'sticky', mode })),
    maintenance: () => shared.state.maintenance,
    maintain: ({ on, reason }, by) =>
      audited(
        `maintenance ${on ? 'on' : 'off'}`,
        by,
        on ? [reason] : [],
        shared.order({ kind: 'maintain', alert: on ? { since: now(), by, reason } : null }),
      ),
    reload: (by) => reload(running, by),
    report: () => wholeReport(running),
  };
}

async function audit(
  { outbox, hasStore }: Running,
  action: string,
  by: string,
  reasons: readonly string[],
  work: Promise<boolean>,
): Promise<void> {
  const ended = outbox.begin(action, by, reasons);
  ended(endOf((await work) || !hasStore));
}

const raise = async (
  { shared, outbox, others, hasStore }: Running,
  alert: Parameters<AdminPorts['raise']>[0],
): ReturnType<AdminPorts['raise']> => {
  const isNew = shared.state.alert === null;
  // It is told to nobody before it holds: what is asked for in an emergency waits for nothing.
  const raised = shared.raise(alert);
  const ended = isNew ? outbox.begin('alert', alert.by, [alert.reason]) : null;
  await raised;
  const late = await others();
  ended?.(endOf(late !== null || !hasStore));
  return { alert: shared.state.alert ?? alert, late };
};

async function reload({ outbox, reload: again }: Running, by: string): Promise<ReloadAnswer> {
  const ended = outbox.begin('router reload', by);
  const answer = await again();
  ended(answer.ok ? { outcome: 'done' } : { outcome: 'failed', reasons: [answer.reason] });
  return answer;
}
