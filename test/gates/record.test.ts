import { expect } from 'chai';
import fc from 'fast-check';
import { enter, decide, notAsked, type GateStates } from '../../src/gates/decide.ts';
import { standingsOf, standingsSchema } from '../../src/gates/record.ts';
import { defineRecord, readBy } from '../../src/record/record.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';

const good = decide(
  { failures: 3, errors: 4 },
  enter(notAsked, 2),
  { said: 'no', reason: '7 is above 5', value: 7 },
  { at: 1_800_000_000_000, step: 2 },
);
const read = (value: unknown) => readBy(standingsSchema, JSON.parse(JSON.stringify(value)));

describe('standings that were written down', () => {
  it('are read back as they were', () => {
    expect(read({ a: good, constructor: good })).to.deep.equal({
      ok: true,
      value: { a: good, constructor: good },
    });
  });

  it('go on by name: a new gate begins unasked, one that is gone is dropped', () => {
    const stored = { a: good, gone: good };
    expect(standingsOf(stored, ['a', 'constructor'])).to.deep.equal({ a: good, constructor: notAsked });
    expect(standingsOf(null, ['a'])).to.deep.equal({ a: notAsked });
    expect(standingsOf(null, [])).to.deep.equal({});
  });

  for (const [says, change, where] of [
    ['an outcome of another kind', { outcome: 'maybe' }, 'outcome is none'],
    ['no outcome', { outcome: undefined }, 'outcome is missing'],
    ['a reason that is none', { reason: 7 }, 'reason is no text'],
    ['a count below zero', { noes: -1 }, 'noes is no count'],
    ['a count that is a text', { errors: '1' }, 'errors is no count'],
    ['half a step', { step: 1.5 }, 'step is no count'],
    ['no time', { askedAt: 'now' }, 'askedAt is no count'],
    ['a value that is none', { value: {} }, 'value is no number'],
  ] as const)
    it(`are refused: ${says}`, () => {
      const parsed = read({ a: { ...good, ...change } });
      expect(parsed.ok ? '' : parsed.reason).to.contain(where);
    });

  for (const stored of [[], 'text', 7, { a: null }, { a: [] }, { 'a b': good }])
    it(`are refused: ${JSON.stringify(stored).slice(0, 40)}`, () =>
      expect(read(stored)).to.have.property('ok', false));

  const standing = fc.record({
    outcome: fc.constantFrom('pass' as const, 'fail' as const, 'unknown' as const),
    reason: words,
    noes: fc.nat(),
    errors: fc.nat(),
    askedAt: fc.option(fc.nat(), { nil: null }),
    step: fc.nat(),
    value: fc.option(
      fc.integer().map((n) => n / 7 || 0),
      { nil: null },
    ),
  });
  lawsOf(
    defineRecord<GateStates>({ name: 'standings', schema: standingsSchema, longest: 1_000_000 }),
    fc.dictionary(fc.constantFrom('a', 'constructor'), standing, { minKeys: 1, noNullPrototype: true }),
  );
});
