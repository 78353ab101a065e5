import { expect } from 'chai';
import { metricsText } from '../../../src/router/admin/metrics.ts';
import { statePage } from '../../../src/router/admin/pages.ts';
import type { MemberReport, RouterReport } from '../../../src/router/admin/process-report.ts';
import { pastWith, readReport, sumReports, type Past } from '../../../src/router/admin/sum-reports.ts';
import { addedSummary } from '../../../src/router/summary.ts';
import { memberWith, reportWith, totals } from './report-cases.ts';

/** Name with labels to value. */
const samplesOf = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );

const metric = (name: string, all: readonly RouterReport[], past: Past = []): number | undefined => {
  const [first = reportWith(), ...others] = all;
  const samples = samplesOf(metricsText(sumReports(first, others, past)));
  return Object.entries(samples).find(([key]) => key.startsWith(`canopy_router_${name}{`))?.[1];
};

const page = (requests: number, inFlight: number, version: number): RouterReport =>
  reportWith({
    version,
    members: [memberWith({ name: 'web 1', inFlight, total: totals(requests, 0, requests / 4) })],
  });

const counted = 'canopy_router_requests_total{app="shop",arm="stable",instance="web 1",class="2xx"}';

describe('router: the metrics of several workers', () => {
  it('sums what is counted and what is in flight, and takes the rest from the first', () => {
    expect(metricsText(sumReports(page(10, 2, 7), [page(30, 1, 6)], []))).to.equal(
      metricsText(sumReports(page(40, 3, 7), [], [])),
    );
  });

  it('what a worker has counted goes on to count when it has ended, what it measured does not', () => {
    const past = pastWith(pastWith(null, page(1, 9, 1)), page(2, 9, 1));
    expect(metricsText(sumReports(page(4, 0, 7), [], past))).to.equal(
      metricsText(sumReports(page(7, 0, 7), [], [])),
    );
    expect(metricsText(sumReports(page(4, 0, 7), [], past))).to.contain(`${counted} 7\n`);
  });

  it('what ended workers counted of an instance that is gone by now is kept, and told by nobody', () => {
    const past = pastWith(pastWith(null, page(1, 0, 1)), reportWith());
    expect(past.map(({ name, total }) => [name, total.classes[2]])).to.deep.equal([['web 1', 1]]);
    expect(metricsText(sumReports(reportWith(), [], past))).to.not.contain('web 1');
  });

  it('a worker of another layout is left out, and so is nonsense', () => {
    expect(readReport({ ...page(1, 0, 1), layout: 99 })).to.equal(null);
    for (const odd of [null, 'text', 7, []]) {
      expect(readReport(odd)).to.equal(null);
      expect(pastWith(null, odd)).to.deep.equal([]);
    }
  });
});

describe('router: the gauges of several workers', () => {
  const member = (of: Partial<MemberReport>): RouterReport => reportWith({ members: [memberWith(of)] });
  const open = (is: number): RouterReport => member({ circuit: is === 1 ? 'open' : 'closed' });
  const alert = { since: 0, by: 'a', reason: 'b' };
  const cases: [
    name: string,
    of: (value: number) => RouterReport,
    first: number,
    second: number,
    both: number,
  ][] = [
    ['in_flight', (inFlight) => member({ inFlight }), 1, 2, 3],
    ['long_lived', (longLived) => member({ longLived }), 1, 2, 3],
    ['up', (is) => member({ health: is === 1 ? 'healthy' : 'unhealthy' }), 1, 0, 0],
    ['store_up', (is) => reportWith({ storeUp: is === 1 }), 0, 1, 0],
    ['store_up', (is) => reportWith({ storeUp: is === 1 }), 1, 0, 0],
    ['circuit_open', open, 0, 1, 1],
    ['circuit_open', open, 1, 0, 1],
    ['drained', (is) => member({ drained: is === 1 }), 0, 1, 1],
    ['weight_percent', (weight) => reportWith({ weight }), 5, 6, 5],
    ['alert', (is) => reportWith({ alert: is === 1 ? alert : null }), 1, 1, 1],
    ['maintenance', (is) => reportWith({ maintenance: is === 1 ? alert : null }), 1, 1, 1],
  ];
  for (const [name, of, first, second, both] of cases)
    it(`${name}: ${first} and ${second} are ${both}`, () => {
      expect(metric(name, [of(first)])).to.equal(first);
      expect(metric(name, [of(first), of(second)])).to.equal(both);
    });

  it('the observed share is that of all', () => {
    const of = (stable: number, canary: number): RouterReport =>
      reportWith({ observed: { stable, canary, forced: 0 } });
    expect(metric('observed_share_percent', [of(80, 20), of(85, 15)])).to.equal(17.5);
    expect(metric('observed_low_percent', [of(80, 20), of(85, 15)])).to.equal(12.86);
    expect(metric('observed_high_percent', [of(80, 20), of(85, 15)])).to.equal(23.36);
  });
});

describe('router: the state of several workers', () => {
  const member = (name: string, inFlight: number, health: MemberReport['health'] = 'healthy') =>
    memberWith({
      ...{ name, inFlight, health, arm: name.startsWith('can') ? 'canary' : 'stable', perSecond: 1.25 },
      ...{ total: totals(10, 1), forced: [0, 0, 2, 0, 0, 0] },
    });
  const report = (
    id: string,
    stable: number,
    canary: number,
    inFlight: number,
    health: MemberReport['health'] = 'healthy',
  ): RouterReport =>
    reportWith({
      ...{ id, weight: 20, effective: 20, observed: { stable, canary, forced: 3 } },
      members: [member('web-1', inFlight, health), member('web-2', 0), member('can-1', 0)],
    });
  const shown = (name: string, inFlight: number, health = 'healthy') => ({
    ...{ name, address: '127.0.0.1:1', health, circuit: 'closed', drained: false, inFlight, longLived: 0 },
    ...{ perSecond: 1.25, answers: 10, failed: 1, retried: 0, forced: 2 },
  });

  it('is one: counts are summed, the share is that of all, and the worst health is told', () => {
    const all = statePage(
      sumReports(report('a', 80, 20, 3), [report('b', 85, 15, 4, 'unhealthy')], []),
    ) as Record<string, unknown>;
    expect(all).to.deep.include({ id: 'a', weight: 20, version: 9 });
    const counts = { stable: 165, canary: 35, forced: 6, requests: 200 };
    expect(all['observed']).to.deep.equal({ ...counts, share: 17.5, low: 12.86, high: 23.36 });
    expect(all['arms']).to.deep.equal({
      stable: [
        { ...shown('web-1', 7, 'unhealthy'), perSecond: 2.5, answers: 20, failed: 2, forced: 4 },
        { ...shown('web-2', 0), perSecond: 2.5, answers: 20, failed: 2, forced: 4 },
      ],
      canary: [{ ...shown('can-1', 0), perSecond: 2.5, answers: 20, failed: 2, forced: 4 }],
    });
    expect(all['workers']).to.deep.equal(
      ['a', 'b'].map((id) => ({ id, epoch: 5, version: 9, effective: 20, storeUp: true })),
    );
  });

  it('an instance that only one of them knows is told as that one sees it', () => {
    const other = { ...report('b', 0, 0, 0), members: [] };
    expect(statePage(sumReports(report('a', 1, 1, 3), [other], []))).to.deep.include({
      arms: { stable: [shown('web-1', 3), shown('web-2', 0)], canary: [shown('can-1', 0)] },
    });
  });

  it('a router of one process tells no workers', () =>
    expect(statePage(sumReports(report('a', 1, 1, 3), [], []))).to.not.have.property('workers'));

  it('the summary counts every worker that there was', () => {
    const one = { id: 'a', requests: { 'web-1': 3, 'web-2': 1 }, failed: 1, version: 4 };
    const sum = addedSummary(addedSummary(addedSummary(null, one), { ...one, version: 3 }), 'nonsense');
    expect(sum).to.deep.equal({ workers: 2, requests: { 'web-1': 6, 'web-2': 2 }, failed: 2, version: 4 });
  });
});
