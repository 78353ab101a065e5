import { expect } from 'chai';
import type { Share } from '../../../src/config/types.ts';
import { batchesOf } from '../../../src/deploy/strategies/batches.ts';

const count = (value: number): Share => ({ count: value });
const percent = (value: number): Share => ({ percent: value });

describe('batches', () => {
  // Instances, shares, how many may be away, sizes of the batches.
  const cases: [string, number, Share[], number, number[]][] = [
    ['one after the other', 3, [count(1)], 1, [1, 1, 1]],
    ['the last one is what is left', 5, [count(2)], 2, [2, 2, 1]],
    ['a percentage is rounded down', 10, [percent(25)], 10, [2, 2, 2, 2, 2]],
    ['and is never less than one', 3, [percent(1)], 3, [1, 1, 1]],
    ['all of them', 4, [percent(100)], 4, [4]],
    ['the last share of a list is repeated', 8, [count(1), count(3)], 8, [1, 3, 3, 1]],
    ['one, a quarter, all', 12, [count(1), percent(25), percent(100)], 12, [1, 3, 8]],
    [
      'a share above what may be away is worked off in parts',
      12,
      [count(1), percent(25), percent(100)],
      3,
      [1, 3, 3, 3, 2],
    ],
    ['and the next share begins where that one ended', 10, [count(5), count(1)], 2, [2, 2, 1, 1, 1, 1, 1, 1]],
    ['one may always be away', 2, [count(2)], 0, [1, 1]],
    ['nothing for nobody', 0, [count(1)], 1, []],
  ];
  for (const [what, size, shares, most, sizes] of cases)
    it(what, () => {
      const names = Array.from({ length: size }, (_, at) => `web-${at + 1}`);
      const batches = batchesOf(names, shares, most);
      expect(batches.map((batch) => batch.length)).to.deep.equal(sizes);
      expect(batches.flat()).to.deep.equal(names);
    });
});
