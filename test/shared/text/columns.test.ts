import { expect } from 'chai';
import { columns } from '../../../src/shared/text/columns.ts';

describe('columns', () => {
  it('aligns what stands below each other, and leaves nothing at the end of a line', () => {
    expect(columns([['a', 'bb', ''], ['ccc', 'd', 'e'], ['f']], '  ')).to.deep.equal([
      '  a    bb',
      '  ccc  d   e',
      '  f',
    ]);
  });

  it('pads nothing beyond the columns of the first row, and is nothing without rows', () => {
    expect(columns([['a'], ['b', 'c', 'd']])).to.deep.equal(['a', 'b  c  d']);
    expect(columns([])).to.deep.equal([]);
  });
});
