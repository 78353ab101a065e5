import { expect } from 'chai';
import fc from 'fast-check';
import {
  added,
  binAt,
  binOf,
  endOf,
  grew,
  histogramOf,
  LAST,
  newBins,
  noTimes,
  quantileBin,
  record,
  since,
  slower,
  total,
} from '../../../src/judge/statistics/histogram.ts';

const of = (...times: number[]) => {
  const bins = newBins();
  for (const time of times) record(bins, time);
  return histogramOf(bins);
};
const ms = fc.double({ min: 0, max: 200_000, noNaN: true });

describe('histogram', () => {
  it('has bins in a row that are at most 2 % wide from 0.064 ms on', () => {
    for (let bin = 1; bin <= LAST; bin += 1) {
      const [begin, end] = [endOf(bin - 1), endOf(bin)];
      expect(binOf(begin + 1e-7)).to.equal(bin);
      if (begin >= 0.064) expect(end / begin).to.be.at.most(1.02);
    }
    expect(endOf(LAST)).to.be.closeTo(134_218, 1);
  });

  it('puts a time into the bin that ends after it; the slowest and odd ones too (property)', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 134_000, noNaN: true }), (time) => {
        const bin = binOf(time);
        expect(endOf(bin)).to.be.above(time);
        if (bin > 0) expect(endOf(bin - 1)).to.be.at.most(time + 1e-9);
      }),
    );
    expect([binOf(1e9), binOf(Infinity), binOf(-3), binOf(Number.NaN)]).to.deep.equal([LAST, LAST, 0, 0]);
  });

  it('rounds a limit up to the end of a bin (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: LAST - 100 }),
        fc.double({ min: 1, max: 4, noNaN: true }),
        (bin, by) => {
          const limit = endOf(binAt(bin, by));
          expect(limit).to.be.at.least(Math.min(endOf(bin) * by, endOf(LAST)) - 1e-9);
          if (binAt(bin, by) > bin) expect(endOf(binAt(bin, by) - 1)).to.be.below(endOf(bin) * by);
        },
      ),
    );
    expect(binAt(binOf(20), 1)).to.equal(binOf(20));
  });

  it('adds, subtracts and is written down without loss (property)', () => {
    fc.assert(
      fc.property(fc.array(ms), fc.array(ms), (first, second) => {
        const [a, all] = [of(...first), of(...first, ...second)];
        expect(added(a, of(...second))).to.deep.equal(all);
        expect(since(a, all)).to.deep.equal(of(...second));
        expect(since(all, all)).to.deep.equal(noTimes);
        expect(total(all)).to.equal(first.length + second.length);
        expect(grew(a, all)).to.equal(true);
        expect(grew(all, a)).to.equal(second.length === 0);
        expect(JSON.parse(JSON.stringify(all))).to.deep.equal(all);
      }),
    );
  });

  it('finds quantiles, and how many are slower', () => {
    const times = of(...Array.from({ length: 100 }, (_, at) => at + 1));
    expect(endOf(quantileBin(times, 0, 0.95))).to.be.closeTo(95, 2);
    expect(endOf(quantileBin(times, 0, 0.5))).to.be.closeTo(50, 1);
    expect(slower(times, binOf(90))).to.equal(10 - [91].filter((time) => binOf(time) === binOf(90)).length);
    expect(slower(times, LAST)).to.equal(0);
    // 900 that took too long: none of the times is as slow as the middle one.
    expect(quantileBin(times, 900, 0.5)).to.equal(LAST);
  });

  it('is small when it is written down', () => {
    const times = Array.from({ length: 10_000 }, (_, at) => 1 + (at % 1000));
    expect(JSON.stringify(of(...times)).length).to.be.below(3000);
  });
});
