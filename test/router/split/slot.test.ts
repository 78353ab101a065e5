import { expect } from 'chai';
import fc from 'fast-check';
import { wilson } from '../../../src/router/stats/confidence.ts';
import { ALWAYS, FREE, NEVER, wantedArm } from '../../../src/router/split/arm.ts';
import { afterTurn, isCanarySlot, slotOfId, slotOfTurn } from '../../../src/router/split/slot.ts';

/** Places of so many new clients in a row. */
function places(count: number, start: number): number[] {
  let turn = start;
  return Array.from({ length: count }, () => slotOfTurn((turn = afterTurn(turn))));
}
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const tenths = fc.integer({ min: 0, max: 1000 });

describe('places of new clients', () => {
  it('give any share to within five, in any run of clients, from any start (property)', () => {
    fc.assert(
      fc.property(
        tenths,
        word,
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(2000),
        (share, start, count, skip) => {
          const run = places(skip + count, start).slice(skip);
          const got = run.filter((place) => isCanarySlot(place, share)).length;
          expect(Math.abs(got - (count * share) / 1000)).to.be.at.most(5);
        },
      ),
    );
  });

  it('lie between 0 and 9999, and all of them come', () => {
    const seen = new Set(places(40_000, 5));
    expect([Math.min(...seen), Math.max(...seen), seen.size]).to.deep.equal([0, 9999, 10_000]);
  });

  it('are as even for every other client, or every third: heavy users may come in turns', () => {
    for (const every of [2, 3, 5, 7, 10]) {
      const some = places(10_000 * every, 99).filter((_, at) => at % every === 0);
      for (const share of [50, 330, 500]) {
        const got = some.filter((place) => isCanarySlot(place, share)).length;
        expect(got / 10_000, `each ${every}th, ${share / 10} %`).to.be.closeTo(share / 1000, 0.002);
      }
    }
  });

  it('keep every client of the canary while its share grows (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), tenths, tenths, (place, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(isCanarySlot(place, less) && !isCanarySlot(place, more)).to.equal(false);
      }),
    );
  });

  it("none is the canary's at 0, all are at 100 %", () => {
    for (const place of [0, 1, 9999]) {
      expect([isCanarySlot(place, 0), isCanarySlot(place, 1000)]).to.deep.equal([false, true]);
    }
  });
});

describe('places of the ids 1 to 1000', () => {
  const ids = Array.from({ length: 1000 }, (_, at) => String(at + 1));
  const salts = Array.from({ length: 200 }, (_, at) => `salt${at}`);

  it('are uniform: chi-square over ten parts, for 200 rollouts', () => {
    // 9 degrees of freedom: 27.88 is passed once in 1000 by chance; the mean of 200 lies within 9 +- 1.2 (4 deviations).
    const values = salts.map((salt) => {
      const bins = Array.from({ length: 10 }, () => 0);
      for (const id of ids) {
        const bin = Math.floor(slotOfId(salt, id) / 1000);
        bins[bin] = (bins[bin] ?? 0) + 1;
      }
      return bins.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    });
    expect(values.filter((value) => value > 27.88).length).to.be.at.most(5);
    expect(values.reduce((sum, one) => sum + one, 0) / salts.length).to.be.within(7.8, 10.2);
  });

  it('give the share at 1, 5, 10, 33 and 50 %, on average over rollouts', () => {
    const all = salts.flatMap((salt) => ids.map((id) => slotOfId(salt, id)));
    for (const share of [10, 50, 100, 330, 500]) {
      const got = all.filter((place) => isCanarySlot(place, share)).length;
      expect(got / all.length).to.be.closeTo(share / 1000, 0.005);
    }
  });

  it('are others in each rollout: nobody is always the first', () => {
    const first = (salt: string): Set<string> =>
      new Set(ids.filter((id) => isCanarySlot(slotOfId(salt, id), 100)));
    const [a, b] = [first('a'), first('b')];
    const both = [...a].filter((id) => b.has(id)).length;
    expect(both).to.be.lessThan(30);
    expect(slotOfId('a', '7')).to.equal(slotOfId('a', '7'));
  });
});

describe('which arm a request is meant for', () => {
  const cases: [place: number, wheel: number, tenths: number, arm: string][] = [
    [FREE, 0, 330, 'stable'],
    [FREE, 700, 330, 'canary'],
    [ALWAYS, 0, 0, 'canary'],
    [NEVER, 999, 1000, 'stable'],
    [3299, 0, 330, 'canary'],
    [3300, 999, 330, 'stable'],
    [0, 0, 0, 'stable'],
    [9999, 0, 1000, 'canary'],
  ];
  for (const [place, wheel, share, arm] of cases)
    it(`place ${place}, wheel ${wheel}, ${share / 10} %: ${arm}`, () =>
      expect(wantedArm(place, wheel, share)).to.equal(arm));
});

describe('the bound of a counted share', () => {
  const known: [hits: number, all: number, low: number, high: number][] = [
    [0, 0, 0, 100],
    [0, 10, 0, 27.75],
    [10, 10, 72.25, 100],
    [1, 3, 6.15, 79.23],
    [33, 100, 24.56, 42.69],
    [3300, 10_000, 32.09, 33.93],
    [500, 10_000, 4.59, 5.44],
  ];
  for (const [hits, all, low, high] of known)
    it(`${hits} of ${all}: ${low} to ${high} %`, () =>
      expect(wilson(hits, all)).to.deep.equal({ low, high }));

  it('ends where the counted share would be 1.96 deviations away (property)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 5000 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (all, at) => {
          const hits = Math.round(all * at);
          const { low, high } = wilson(hits, all);
          for (const end of [low / 100, high / 100])
            expect(Math.abs(hits / all - end) / Math.sqrt((end * (1 - end)) / all)).to.be.closeTo(1.96, 0.02);
        },
      ),
    );
  });

  it('holds the counted share (property)', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (hits, more) => {
        const { low, high } = wilson(hits, hits + more);
        const share = hits + more === 0 ? 50 : (100 * hits) / (hits + more);
        expect(low - 0.01 <= share && share <= high + 0.01).to.equal(true);
      }),
    );
  });
});
