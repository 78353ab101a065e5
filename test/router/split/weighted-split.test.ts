import { expect } from 'chai';
import fc from 'fast-check';
import { armFor, nextSlot } from '../../../src/router/split/arm.ts';
import { isCanaryNext, tenthsOf, turned } from '../../../src/router/split/weighted-split.ts';

/** Turns the wheel once for each share and tells which turns were the canary's. */
function turns(shares: readonly number[], start = 0): boolean[] {
  let wheel = start;
  return shares.map((tenths) => {
    const canary = isCanaryNext(wheel, tenths);
    wheel = turned(wheel, tenths);
    if (wheel < 0 || wheel > 999) throw new Error(`the wheel left its rim: ${wheel}`);
    return canary;
  });
}
const count = (list: readonly boolean[]): number => list.filter(Boolean).length;
const tenths = fc.integer({ min: 0, max: 1000 });

describe('the wheel of the split', () => {
  it('gives the exact share in any 100 requests in a row, for whole percents', () => {
    for (let percent = 0; percent <= 100; percent += 1) {
      const list = turns(Array.from({ length: 400 }, () => tenthsOf(percent)));
      for (let at = 0; at + 100 <= list.length; at += 1) {
        expect(count(list.slice(at, at + 100)), `${percent} % from ${at}`).to.equal(percent);
      }
    }
  });

  it('gives the exact share in any 1000 in a row, for tenths, from any start (property)', () => {
    fc.assert(
      fc.property(tenths, fc.integer({ min: 0, max: 999 }), fc.nat(700), (share, start, at) => {
        const list = turns(
          Array.from({ length: 1700 }, () => share),
          start,
        );
        expect(count(list.slice(at, at + 1000))).to.equal(share);
      }),
      { numRuns: 300 },
    );
  });

  it('stays within one request of the share in any run, however it changes (property)', () => {
    fc.assert(
      fc.property(fc.array(tenths, { maxLength: 300 }), fc.integer({ min: 0, max: 999 }), (shares, start) => {
        const exact = shares.reduce((sum, share) => sum + share / 1000, 0);
        expect(count(turns(shares, start))).to.be.within(exact - 1, exact + 1);
      }),
    );
  });

  it('spreads the canary: never two in a row below a half (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), (share) => {
        const list = turns(Array.from({ length: 100 }, () => share));
        expect(list.some((one, at) => one && list[at + 1] === true && share < 500)).to.equal(false);
      }),
    );
  });

  it('0 is never, 100 is always (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (start) => {
        expect(count(turns([0, 0, 0], start))).to.equal(0);
        expect(count(turns([1000, 1000, 1000], start))).to.equal(3);
      }),
    );
  });

  it('has a tenth of a percent', () => {
    expect([tenthsOf(0.1), tenthsOf(33.3), tenthsOf(99.9)]).to.deep.equal([1, 333, 999]);
  });
});

describe('which arm', () => {
  const cases: [
    wanted: 'stable' | 'canary',
    stable: boolean,
    canary: boolean,
    tenths: number,
    arm: string | null,
  ][] = [
    ['stable', true, true, 330, 'stable'],
    ['canary', true, true, 330, 'canary'],
    ['canary', true, false, 330, 'stable'],
    ['stable', false, true, 330, 'canary'],
    ['stable', false, true, 0, null],
    ['canary', true, false, 1000, 'stable'],
    ['stable', false, false, 330, null],
    ['canary', false, false, 1000, null],
  ];
  for (const [wanted, stable, canary, share, arm] of cases) {
    const usable = [stable ? 'stable' : '', canary ? 'canary' : ''].filter(Boolean).join(' and ') || 'none';
    it(`${wanted} with ${usable} usable at ${share / 10} %: ${arm ?? 'nobody'}`, () => {
      expect(armFor(wanted, { stable, canary }, share)).to.equal(arm);
    });
  }
});

describe('round robin', () => {
  it('meets each usable place equally often, whichever are out (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -1, max: 7 }),
        (usable, start) => {
          const places = usable.filter(Boolean).length;
          const met = usable.map(() => 0);
          let last = Math.min(start, usable.length - 1);
          for (let turn = 0; turn < places * 5; turn += 1) {
            last = nextSlot(usable.length, last, (at) => usable[at] === true);
            met[last] = (met[last] ?? 0) + 1;
          }
          usable.forEach((ok, at) => expect(met[at]).to.equal(ok ? 5 : 0));
        },
      ),
    );
  });
  it('says so when there is none', () => {
    expect(nextSlot(3, 0, () => false)).to.equal(-1);
    expect(nextSlot(0, -1, () => true)).to.equal(-1);
  });
});
