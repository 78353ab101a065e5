import { expect } from 'chai';
import { keptMetrics, mergedMetrics, withObserved } from '../../src/router/admin/merge-metrics.ts';
import { mergedTold } from '../../src/router/admin/merge-told.ts';
import { addedSummary } from '../../src/router/summary.ts';

const page = (requests: number, inFlight: number, version: number, more = ''): string =>
  `# HELP canopy_router_requests_total Requests.
# TYPE canopy_router_requests_total counter
canopy_router_requests_total{app="shop",instance="web 1",class="2xx"} ${requests}
# HELP canopy_router_request_seconds Time.
# TYPE canopy_router_request_seconds summary
canopy_router_request_seconds_sum{instance="web 1"} ${requests / 4}
canopy_router_request_seconds_count{instance="web 1"} ${requests}
# HELP canopy_router_in_flight Requests in flight.
# TYPE canopy_router_in_flight gauge
canopy_router_in_flight{instance="web 1"} ${inFlight}
# HELP canopy_router_state_version Version.
# TYPE canopy_router_state_version gauge
canopy_router_state_version{app="shop"} ${version}
${more}`;

describe('router: the metrics of several workers', () => {
  it('sums what is counted and what is in flight, and takes the rest from the first', () => {
    expect(mergedMetrics([page(10, 2, 7), page(30, 1, 6)], [])).to.equal(page(40, 3, 7));
  });

  it('what a worker has counted goes on to count when it has ended, what it measured does not', () => {
    expect(mergedMetrics([page(10, 2, 7)], [page(30, 9, 6)])).to.equal(page(40, 2, 7));
    const kept = keptMetrics(keptMetrics(null, page(1, 9, 1)), page(2, 9, 1));
    expect(kept).to.not.contain('in_flight');
    expect(mergedMetrics([page(4, 0, 7)], [kept])).to.equal(page(7, 0, 7));
  });

  it('a worker of another version may tell more', () => {
    const more = `# HELP canopy_router_new_total New.\n# TYPE canopy_router_new_total counter\ncanopy_router_new_total{a="b c"} 3\n`;
    expect(mergedMetrics([page(1, 0, 1), page(1, 0, 1, more)], [])).to.equal(page(2, 0, 1, more));
  });
});

describe('router: the gauges of several workers', () => {
  const gauge = (name: string, value: number): string =>
    `# HELP canopy_router_${name} X.\n# TYPE canopy_router_${name} gauge\ncanopy_router_${name}{app="a"} ${value}\n`;
  const cases: [name: string, first: number, second: number, both: number][] = [
    ['in_flight', 1, 2, 3],
    ['long_lived', 1, 2, 3],
    ['up', 1, 0, 0],
    ['store_up', 0, 1, 0],
    ['circuit_open', 0, 1, 1],
    ['drained', 0, 1, 1],
    ['weight_percent', 5, 6, 5],
    ['alert', 1, 1, 1],
    ['maintenance', 1, 1, 1],
  ];
  for (const [name, first, second, both] of cases)
    it(`${name}: ${first} and ${second} are ${both}`, () =>
      expect(mergedMetrics([gauge(name, first), gauge(name, second)], [])).to.equal(gauge(name, both)));

  it('the observed share is that of all', () => {
    const page = `${gauge('observed_share_percent', 10)}${gauge('observed_low_percent', 1)}`;
    const all = `${gauge('observed_share_percent', 12.5)}${gauge('observed_low_percent', 3)}`;
    expect(withObserved(page, { share: 12.5, low: 3, high: 40 })).to.equal(all);
  });
});

describe('router: the state of several workers', () => {
  const member = (name: string, inFlight: number, health = 'healthy') => ({
    ...{
      name,
      address: '127.0.0.1:1',
      health,
      drained: false,
      inFlight,
      perSecond: 1.25,
      answers: 10,
      failed: 1,
      forced: 2,
    },
  });
  const told = (id: string, stable: number, canary: number, inFlight: number, health = 'healthy') => ({
    ...{ app: 'shop', id, epoch: 5, version: 9, weight: 20, effective: 20, storeUp: true },
    observed: { stable, canary, forced: 3, requests: stable + canary, share: 50 },
    arms: { stable: [member('web-1', inFlight, health), member('web-2', 0)], canary: [member('can-1', 0)] },
  });

  it('is one: counts are summed, the share is that of all, and the worst health is told', () => {
    const all = mergedTold([told('a', 80, 20, 3), told('b', 85, 15, 4, 'unhealthy')]);
    expect(all).to.deep.include({ id: 'a', weight: 20, version: 9 });
    const counts = { stable: 165, canary: 35, forced: 6, requests: 200 };
    expect(all['observed']).to.deep.equal({ ...counts, share: 17.5, low: 12.86, high: 23.36 });
    expect(all['arms']).to.deep.equal({
      stable: [
        { ...member('web-1', 7, 'unhealthy'), perSecond: 2.5, answers: 20, failed: 2, forced: 4 },
        { ...member('web-2', 0), perSecond: 2.5, answers: 20, failed: 2, forced: 4 },
      ],
      canary: [{ ...member('can-1', 0), perSecond: 2.5, answers: 20, failed: 2, forced: 4 }],
    });
    expect(all['workers']).to.deep.equal(
      ['a', 'b'].map((id) => ({ id, epoch: 5, version: 9, effective: 20, storeUp: true })),
    );
  });

  it('an instance that only one of them knows is told as that one sees it', () => {
    const other = { ...told('b', 0, 0, 0), arms: { stable: [], canary: [] } };
    expect(mergedTold([told('a', 1, 1, 3), other])['arms']).to.deep.equal(told('a', 1, 1, 3).arms);
  });

  it('the summary counts every worker that there was', () => {
    const one = { id: 'a', requests: { 'web-1': 3, 'web-2': 1 }, failed: 1, version: 4 };
    const sum = addedSummary(addedSummary(addedSummary(null, one), { ...one, version: 3 }), 'nonsense');
    expect(sum).to.deep.equal({ workers: 2, requests: { 'web-1': 6, 'web-2': 2 }, failed: 2, version: 4 });
  });
});
