/** GET /weight and GET /state, made from what the router tells. Pure. */
import { answersOf } from '../fleet/counters.ts';
import { wilson } from '../stats/confidence.ts';
import { observedShare } from './metrics.ts';
import type { MemberReport } from './process-report.ts';
import type { WholeReport } from './sum-reports.ts';

export function weightPage({ weight, effective, observed, sticky, alert, reverted }: WholeReport): object {
  const requests = observed.stable + observed.canary;
  return {
    weight,
    effective,
    observed: {
      ...observed,
      requests,
      share: observedShare(observed),
      ...wilson(observed.canary, requests),
    },
    sticky,
    alert: alert !== null,
    reverted: reverted !== null,
  };
}

export function statePage(report: WholeReport): object {
  const { app, id, epoch, version, enabled, alert, reverted, relapses, maintenance, drained } = report;
  const armOf = (arm: MemberReport['arm']): object[] =>
    report.members.filter((member) => member.arm === arm).map(memberPage);
  return {
    ...{ app, id, epoch, version, enabled },
    ...weightPage(report),
    ...{ alert, reverted, relapses, maintenance, drained },
    arms: { stable: armOf('stable'), canary: armOf('canary') },
    leaving: report.leaving,
    storeUp: report.storeUp,
    ...(report.workers === null ? {} : { workers: report.workers }),
  };
}

function memberPage({ arm: _, total, forced, ...member }: MemberReport): object {
  const { retried } = total;
  return { ...member, ...answersOf(total), retried, forced: forced.reduce((sum, one) => sum + one, 0) };
}
