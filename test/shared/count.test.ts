import { expect } from 'chai';
import { isCount } from '../../src/shared/count.ts';

describe('a count from outside', () => {
  for (const value of [0, 1, Number.MAX_SAFE_INTEGER])
    it(`is ${value}`, () => expect(isCount(value)).to.equal(true));

  for (const value of [-1, 0.5, 2 ** 53, 1e300, Number.NaN, Infinity, '1', null, undefined, true, [1], {}])
    it(`is not ${JSON.stringify(value)} (${typeof value}, ${String(value)})`, () =>
      expect(isCount(value)).to.equal(false));
});
