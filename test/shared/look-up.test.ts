import { expect } from 'chai';
import { lookUp } from '../../src/shared/look-up.ts';

describe('what a record has under a name that a user chose', () => {
  for (const name of ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'])
    it(`is nothing for ${name}, which every object has`, () => expect(lookUp({}, name)).to.equal(undefined));

  it('is what was put there, also under such a name', () =>
    expect(lookUp({ constructor: 5 } as unknown as Record<string, number>, 'constructor')).to.equal(5));
});
