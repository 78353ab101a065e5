import { expect } from 'chai';
import fc from 'fast-check';
import { factorsFor, ratiosOf } from '../../src/haproxy/index.ts';

const equal = (count: number): number[] => Array.from({ length: count }, () => 1);

describe('weights for a share', () => {
  for (const [share, stable, canary, expected] of [
    [50, 1, 1, { stable: 1, canary: 1, given: 50 }],
    [25, 3, 1, { stable: 1, canary: 1, given: 25 }],
    [5, 1, 1, { stable: 19, canary: 1, given: 5 }],
    [1, 1, 1, { stable: 99, canary: 1, given: 1 }],
    [20, 4, 1, { stable: 1, canary: 1, given: 20 }],
    // The smallest that a weight of 256 to 1 gives, and the largest that keeps stable alive.
    [0.1, 1, 1, { stable: 256, canary: 1, given: 100 / 257 }],
    [100, 1, 1, { stable: 1, canary: 256, given: (100 * 256) / 257 }],
  ] as const)
    it(`${share} % over ${stable} and ${canary}`, () => {
      expect(factorsFor(share, equal(stable), equal(canary))).to.deep.equal(expected);
    });

  it('is nothing without a canary, and everything without stable', () => {
    expect(factorsFor(30, equal(2), []).given).to.equal(0);
    expect(factorsFor(30, [], equal(2)).given).to.equal(100);
  });

  it('keeps the ratios of haproxy.cfg, in their smallest whole numbers', () => {
    expect(ratiosOf([50, 100, 150])).to.deep.equal([1, 2, 3]);
    expect(ratiosOf([100, 0])).to.deep.equal([1, 0]);
    expect(ratiosOf([0, 0])).to.deep.equal([1, 1]);
    expect(ratiosOf([])).to.deep.equal([]);
    expect(factorsFor(25, [1, 2, 3], [1])).to.deep.equal({ stable: 1, canary: 2, given: 25 });
  });

  it('is within half a point between 5 and 90 % for any usual fleet, and never leaves the range', () => {
    const servers = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 900 }), servers, servers, (tenths, stable, canary) => {
        const { given, ...factors } = factorsFor(tenths / 10, equal(stable), equal(canary));
        for (const one of Object.values(factors)) expect(one).to.be.within(1, 256);
        const sums = { stable: factors.stable * stable, canary: factors.canary * canary };
        expect(given).to.be.closeTo((100 * sums.canary) / (sums.canary + sums.stable), 1e-9);
        expect(Math.abs(given - tenths / 10)).to.be.lessThan(0.5);
      }),
    );
  });

  it('no whole numbers do better', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 4 }), (tenths, stable) => {
        const share = tenths / 10;
        const found = Math.abs(factorsFor(share, equal(stable), [1]).given - share);
        let best = 100;
        for (let one = 1; one <= 256; one += 1)
          for (let other = 1; other <= 256; other += 1)
            best = Math.min(best, Math.abs((100 * one) / (one + other * stable) - share));
        expect(found).to.be.at.most(Math.max(best, 0.005) + 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});
