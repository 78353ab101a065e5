import { LAYOUT, type MemberReport, type RouterReport } from '../../../src/router/admin/process-report.ts';
import type { Totals } from '../../../src/router/fleet/counters.ts';

export const totals = (answers: number, failed = 0, seconds = 0): Totals => ({
  classes: [failed, 0, answers, 0, 0, 0],
  retried: 0,
  timeouts: 0,
  broken: 0,
  aborted: 0,
  seconds,
  timed: answers,
});

export const memberWith = (of: Partial<MemberReport> = {}): MemberReport => ({
  name: 'web-1',
  arm: 'stable',
  address: '127.0.0.1:1',
  health: 'healthy',
  circuit: 'closed',
  drained: false,
  inFlight: 0,
  longLived: 0,
  perSecond: 0,
  total: totals(0),
  forced: [0, 0, 0, 0, 0, 0],
  ...of,
});

export const reportWith = (of: Partial<RouterReport> = {}): RouterReport => ({
  layout: LAYOUT,
  app: 'shop',
  id: 'a',
  epoch: 5,
  version: 9,
  enabled: true,
  weight: 33,
  effective: 33,
  sticky: 'none',
  alert: null,
  reverted: null,
  relapses: 0,
  maintenance: null,
  drained: {},
  observed: { stable: 0, canary: 0, forced: 0 },
  members: [],
  leaving: [],
  storeUp: true,
  ...of,
});
