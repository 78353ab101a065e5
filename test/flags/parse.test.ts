import { expect } from 'chai';
import { isCanopyError } from '../../src/errors.ts';
import fc from 'fast-check';
import {
  flagCodec,
  parseFlag,
  parseName,
  parseState,
  writeFlag,
  type FlagRecord,
} from '../../src/flags/parse.ts';
import { lawsOf, words } from '../support/services/record-laws.ts';
import { planSet } from '../../src/flags/plan.ts';

const record: FlagRecord = { state: 'on', updated: 1_800_000_000_000, by: 'shop #7', version: 3 };
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (isCanopyError(error)) return error.code;
    throw error;
  }
  return 'none';
};

describe('a flag as people write it', () => {
  it('takes names of small letters, digits, - _ and .', () => {
    for (const name of ['checkout', 'a', 'new-cart.v2_beta', 'a'.repeat(64)])
      expect(parseName(name)).to.equal(name);
    for (const name of ['', 'A', '1st', '-x', 'a b', 'a:b', 'a*', 'ä', 'a\n', 'a'.repeat(65), '__proto__'])
      expect(
        codeOf(() => parseName(name)),
        name,
      ).to.equal('flag-name');
  });

  it('knows on and off in three ways, and nothing else', () => {
    expect(['on', 'true', '1'].map(parseState)).to.deep.equal(['on', 'on', 'on']);
    expect(['off', 'false', '0'].map(parseState)).to.deep.equal(['off', 'off', 'off']);
    for (const text of ['', 'ON', 'yes', 'constructor', '__proto__', ' on'])
      expect(
        codeOf(() => parseState(text)),
        text,
      ).to.equal('flag-state');
  });

  it('says what was wrong without printing what could harm a terminal', () => {
    try {
      parseName('\u001b[2Jx');
      expect.fail('it was taken');
    } catch (error) {
      expect(String(error)).not.to.include('\u001b');
    }
  });
});

describe('the record of a flag', () => {
  it('comes back from its text as it was', () => {
    expect(parseFlag(writeFlag(record), 'k')).to.deep.equal(record);
  });

  const bad: Record<string, string> = {
    'no JSON': 'on',
    'a list': '[]',
    'another state': JSON.stringify({ ...record, state: 'maybe' }),
    'a state that is a list': JSON.stringify({ ...record, state: ['on'] }),
    'no time': JSON.stringify({ ...record, updated: 'now' }),
    'a name that is none': JSON.stringify({ ...record, by: ['a'] }),
    'a version below zero': JSON.stringify({ ...record, version: -1 }),
    'a text without end': JSON.stringify({ ...record, more: 'a'.repeat(10_000) }),
  };
  for (const [name, text] of Object.entries(bad)) {
    it(`is refused: ${name}`, () => {
      expect(codeOf(() => parseFlag(text, 'k'))).to.equal('store-record');
    });
  }
});

describe('the words in the record of a flag', () => {
  it('are one short line, whoever has written them', () => {
    const by = parseFlag(JSON.stringify({ ...record, by: `a\u001b[2J${'b'.repeat(400)}` }), 'k').by;
    expect([by.slice(0, 6), by.length]).to.deep.equal(['a [2Jb', 300]);
  });
  lawsOf(
    flagCodec,
    fc.record({
      state: fc.constantFrom('on' as const, 'off' as const),
      updated: fc.nat(),
      by: words,
      version: fc.nat(),
    }),
  );
});

describe('what setting a flag takes', () => {
  const wanted = { state: 'on', by: 'anna', at: 9 } as const;

  it('is both keys when it is new', () => {
    expect(planSet({ record: null, plain: null }, wanted)).to.deep.equal({
      record: { state: 'on', updated: 9, by: 'anna', version: 1 },
      plain: '1',
    });
  });

  it('is nothing when both say so already', () => {
    expect(planSet({ record, plain: '1' }, wanted)).to.deep.equal({ record: null, plain: null });
  });

  it('is the plain key alone when only that is wrong', () => {
    for (const plain of [null, '0', 'true'])
      expect(planSet({ record, plain }, wanted)).to.deep.equal({ record: null, plain: '1' });
  });

  it('is a record of the next version when it changes', () => {
    expect(planSet({ record, plain: '1' }, { ...wanted, state: 'off' })).to.deep.equal({
      record: { state: 'off', updated: 9, by: 'anna', version: 4 },
      plain: '0',
    });
  });
});
