import { expect } from 'chai';
import { newCounters } from '../../../src/router/fleet/counters.ts';
import {
  keptRates,
  openRates,
  ratesBetween,
  type RateSample,
} from '../../../src/router/stats/request-rates.ts';

const at = (seconds: number, count: number): RateSample => ({
  at: seconds * 1000,
  requests: { 'web-1': count },
});

describe('requests a second of the last minute', () => {
  const rates: [name: string, first: RateSample, last: RateSample, expected: number][] = [
    ['over a minute', at(0, 100), at(60, 700), 10],
    ['over less, when it has not run longer', at(0, 0), at(4, 10), 2.5],
    ['less than a second counts as one', at(0, 0), at(0.1, 7), 7],
    ['nothing', at(0, 5), at(60, 5), 0],
    ['two decimals', at(0, 0), at(60, 1), 0.02],
  ];
  for (const [name, first, last, expected] of rates)
    it(name, () => expect(ratesBetween(first, last)).to.deep.equal({ 'web-1': expected }));

  it('counts from nothing for an instance that came in between, whatever it is called', () =>
    expect(ratesBetween(at(0, 0), { at: 1000, requests: { constructor: 3 } })).to.deep.equal({
      constructor: 3,
    }));

  it('keeps a sample a second, of the last minute and one before', () => {
    let samples: readonly RateSample[] = [at(0, 0)];
    for (let step = 1; step <= 900; step += 1) samples = keptRates(samples, at(step / 10, step));
    expect(samples[0]?.at).to.equal(29_000);
    expect(samples).to.have.length(62);
  });

  it('begins anew when the clock is set back', () => {
    expect(keptRates([at(100, 5), at(101, 6)], at(50, 7))).to.deep.equal([at(50, 7)]);
  });

  it('counts every request that an instance had, failed ones too', () => {
    let now = 0;
    const [counters, forced] = [newCounters(), newCounters()];
    const told = openRates(
      () => [{ name: 'web-1', counters, forced }],
      () => now,
    );
    for (now = 1000; now <= 120_000; now += 1000) {
      counters.classes[2] = (counters.classes[2] ?? 0) + 3;
      counters.classes[0] = (counters.classes[0] ?? 0) + 1;
      counters.retried += 1;
      forced.aborted += 1;
      told();
    }
    now = 120_000;
    expect(told()).to.deep.equal({ 'web-1': 6 });
    for (; now <= 190_000; now += 1000) told();
    expect(told(), 'nobody asks any more').to.deep.equal({ 'web-1': 0 });
  });
});
