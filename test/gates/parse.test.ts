import { expect } from 'chai';
import { enter, decide, notAsked } from '../../src/gates/decide.ts';
import { parseStandings } from '../../src/gates/parse.ts';

const good = decide(
  { failures: 3, errors: 4 },
  enter(notAsked, 2),
  { said: 'no', reason: '7 is above 5', value: 7 },
  { at: 1_800_000_000_000, step: 2 },
);

describe('standings that were written down', () => {
  it('are read back as they were; a new gate begins unasked, one that is gone is dropped', () => {
    const stored: unknown = JSON.parse(JSON.stringify({ a: good, gone: good }));
    expect(parseStandings(stored, ['a', 'constructor'])).to.deep.equal({ a: good, constructor: notAsked });
    expect(parseStandings(null, ['a'])).to.deep.equal({ a: notAsked });
    expect(parseStandings(undefined, [])).to.deep.equal({});
  });

  for (const [says, change, where] of [
    ['an outcome of another kind', { outcome: 'maybe' }, 'gates.a.outcome is unknown'],
    ['no outcome', { outcome: undefined }, 'gates.a.outcome is unknown'],
    ['a reason of two lines', { reason: 'a\nb' }, 'gates.a.reason is no line'],
    ['a reason without end', { reason: 'x'.repeat(501) }, 'gates.a.reason is no line'],
    ['a count below zero', { noes: -1 }, 'gates.a.noes is no count'],
    ['a count that is a text', { errors: '1' }, 'gates.a.errors is no number'],
    ['half a step', { step: 1.5 }, 'gates.a.step is no count'],
    ['no time', { askedAt: 'now' }, 'gates.a.askedAt is no number'],
    ['a value that is none', { value: {} }, 'gates.a.value is no number'],
  ] as const)
    it(`are refused: ${says}`, () => {
      const stored: unknown = JSON.parse(JSON.stringify({ a: { ...good, ...change } }));
      expect(() => parseStandings(stored, ['a'])).to.throw(where);
    });

  for (const stored of [[], 'text', 7, { a: null }, { a: [] }])
    it(`are refused: ${JSON.stringify(stored)}`, () =>
      expect(() => parseStandings(stored, ['a'])).to.throw('is no object'));
});
