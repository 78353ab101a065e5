import { expect } from 'chai';
import fc from 'fast-check';
import { fitTable, wrap } from '../../src/shared/text/fit.ts';

const table = [
  ['instance', 'release', 'batch', 'checks'],
  ['web-1', 'r1 -> r2', '1 of 2', 'GET /health answers 200'],
  ['web-2', 'r1 -> r2', '2 of 2', 'GET /health answers 200'],
];

describe('text that fits a width', () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'b', '-', '/') });
  const text = fc.array(word, { maxLength: 20 }).map((words) => words.join(' '));

  it('keeps each word and its order, and goes over the width only with one word (property)', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (given, width) => {
        const lines = wrap(given, width);
        expect(lines.join(' ')).to.equal(given);
        for (const line of lines) expect(line.length <= width || !line.includes(' '), line).to.equal(true);
      }),
    );
  });

  it('shows a table as it is where there is room', () => {
    expect(fitTable(table, 60)).to.deep.equal([
      'instance  release   batch   checks',
      'web-1     r1 -> r2  1 of 2  GET /health answers 200',
      'web-2     r1 -> r2  2 of 2  GET /health answers 200',
    ]);
  });

  it('tells once what is the same in all rows where there is less', () => {
    expect(fitTable(table, 40)).to.deep.equal([
      'instance  batch',
      'web-1     1 of 2',
      'web-2     2 of 2',
      '',
      'each of them',
      '  release  r1 -> r2',
      '  checks   GET /health answers 200',
    ]);
  });

  it('wraps cells, and makes a list of each row where even their words have no room', () => {
    const rows = [
      ['who', 'what'],
      ['a', 'one two three'],
      ['b', 'four five'],
    ];
    expect(fitTable(rows, 14)).to.deep.equal(['who  what', 'a    one two', '     three', 'b    four five']);
    expect(
      fitTable(
        [
          ['who', 'what'],
          ['a-long-name', 'a-long-text and more words'],
        ],
        23,
      ),
    ).to.deep.equal(['a-long-name', '  what  a-long-text and more', '        words']);
  });

  it('is never wider where its words have room (property)', () => {
    const cell = text.filter((one) => one !== '');
    const rows = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 60, max: 90 }), (body, width) => {
        const lines = fitTable([['who', 'what', 'where', 'why'], ...body], width);
        for (const line of lines) expect(line.length, line).to.be.at.most(width);
        const shown = lines.join(' ');
        for (const one of body.flat()) for (const part of one.split(' ')) expect(shown).to.contain(part);
      }),
    );
  });
});
