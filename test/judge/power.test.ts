import { expect } from 'chai';
import { timeToAbort, timeToAbortSlow, timeToPass, type AssumedTraffic } from '../../src/judge/power.ts';
import { binomial, randomOf } from '../../src/judge/statistics/draws.ts';

const options = {
  confidence: 0.99,
  maxErrorRateIncrease: 0.01,
  maxLatencyIncrease: 0.2,
  bucketMs: 10_000,
  warmUpMs: 30_000,
};
const at = (share: number, errorRate: number, perSecond = 10): AssumedTraffic => ({
  perSecond,
  share,
  errorRate,
});

describe('power of an analysis', function () {
  this.timeout(60_000);

  // Medians of 200 rollouts, from the study of the method: canary requests until the verdict.
  const aborts: [AssumedTraffic, number, number][] = [
    [at(0.33, 0.001), 0.05, 448],
    [at(0.33, 0.001), 0.2, 135],
    [at(0.33, 0.001), 0.5, 98],
    [at(0.33, 0.01), 0.05, 647],
    [at(0.33, 0.01), 0.2, 157],
    [at(0.05, 0.001), 0.05, 230],
    [at(0.05, 0.001), 0.5, 17],
    [at(0.05, 0.01), 0.2, 35],
  ];
  for (const [traffic, increase, requests] of aborts)
    it(`${traffic.share * 100} %, base ${traffic.errorRate * 100} %, +${increase * 100} points: about ${requests}`, () => {
      const found = timeToAbort(options, traffic, increase);
      expect(found?.requests).to.be.within(requests * 0.7, requests * 1.35);
    });

  for (const [traffic, requests] of [
    [at(0.33, 0.001), 2018],
    [at(0.33, 0.01), 4420],
    [at(0.05, 0.001), 972],
    [at(0.33, 0.001, 100), 4092],
  ] as const)
    it(`passes ${traffic.perSecond}/s at ${traffic.share * 100} %, base ${traffic.errorRate * 100} %: about ${requests}`, () => {
      expect(timeToPass(options, traffic, false)?.requests).to.be.within(requests * 0.7, requests * 1.35);
    });

  it('reckons with latency as the study has measured it', () => {
    expect(timeToAbortSlow(options, at(0.33, 0), 2)?.requests).to.be.within(790 * 0.7, 790 * 1.35);
    expect(timeToAbortSlow(options, at(0.05, 0), 2)?.requests).to.be.within(176 * 0.7, 176 * 1.35);
    expect(timeToPass(options, at(0.33, 0, 20), true)?.requests).to.be.within(5252 * 0.7, 5252 * 1.35);
  });

  it('tells the same each time, and nothing where it takes more than two hours', () => {
    expect(timeToAbort(options, at(0.33, 0.001), 0.2)).to.deep.equal(
      timeToAbort(options, at(0.33, 0.001), 0.2),
    );
    expect(timeToAbort(options, at(0.33, 0.001), 0.005)).to.equal(null);
    expect(timeToPass(options, at(1, 0.001), false)).to.equal(null);
  });
});

describe('draws', () => {
  for (const [count, rate] of [
    [10, 0.1],
    [1000, 0.001],
    [3300, 0.3],
    [50, 0.9],
  ] as const)
    it(`have the mean and the spread of ${count} at ${rate}`, () => {
      const random = randomOf(7);
      const drawn = Array.from({ length: 20_000 }, () => binomial(random, count, rate));
      const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
      const spread = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length;
      expect(mean / (count * rate)).to.be.closeTo(1, 0.03);
      expect(spread / (count * rate * (1 - rate))).to.be.closeTo(1, 0.06);
      expect(Math.min(...drawn)).to.be.at.least(0);
      expect(Math.max(...drawn)).to.be.at.most(count);
    });
  it('are certain at the ends', () => {
    expect([
      binomial(randomOf(1), 9, 0),
      binomial(randomOf(1), 9, 1),
      binomial(randomOf(1), 0, 0.5),
    ]).to.deep.equal([0, 9, 0]);
  });
});
