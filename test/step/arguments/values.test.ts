import { expect } from 'chai';
import { readValue } from '../../../src/step/arguments/values.ts';
import type { Param } from '../../../src/step/declare/params.ts';

const of = (type: Param['type'], more: Partial<Param> = {}): Param => ({ type, describe: 'x', ...more });
const choice = of('choice', { values: ['get', 'analyse'], aliases: { analyze: 'analyse' } });

describe('values of parameters', () => {
  const right: [Param, unknown, unknown][] = [
    [of('string'), ' a ', ' a '],
    [of('string'), 42, '42'],
    [of('boolean'), true, true],
    [of('boolean'), 'false', false],
    [of('integer'), '-3', -3],
    [of('integer'), 7, 7],
    [of('percent'), '33', 33],
    [of('percent'), '0.5%', 0.5],
    [of('percent'), 100, 100],
    [of('duration'), '1h30m', 5_400_000],
    [of('list'), 'a, b, c', ['a', 'b', 'c']],
    [of('list'), ['a,b', 'c'], ['a', 'b', 'c']],
    [choice, 'analyze', 'analyse'],
    [choice, 'get', 'get'],
  ];
  for (const [param, given, value] of right) {
    it(`${param.type} takes ${JSON.stringify(given)}`, () =>
      expect(readValue(param, given)).to.deep.equal({ value }));
  }

  const wrong: [Param, unknown, string][] = [
    [of('string'), true, 'must be a text, not true'],
    [of('string'), ['a'], 'must be a text, not ["a"]'],
    [of('boolean'), 'yes', 'must be true or false, not "yes"'],
    [of('boolean'), 1, 'must be true or false, not 1'],
    [of('integer'), '1e3', 'must be a whole number, not "1e3"'],
    [of('integer'), 2 ** 53, 'must be a whole number, not 9007199254740992'],
    [of('integer'), '99999999999999999999', 'must be a whole number, not "99999999999999999999"'],
    [of('percent'), -1, 'must be a percentage from 0 to 100 like 33 or 33%, not -1'],
    [of('percent'), '33%%', 'must be a percentage from 0 to 100 like 33 or 33%, not "33%%"'],
    [of('duration'), 30, 'must be a duration like 30s or 5m, not 30'],
    [of('list'), [1], 'must be a text or a list of texts, not [1]'],
    [of('list'), 'a,,b', 'has an empty part: "a,,b"'],
    [of('list'), ['a', ''], 'has an empty part: ["a",""]'],
    [of('string'), 1.1, 'must be a text: write it in quotes, as a number it becomes 1.1'],
    [
      of('string'),
      Number('12345678901234567890'),
      'must be a text: write it in quotes, as a number it becomes 12345678901234567000',
    ],
    [choice, 'constructor', 'must be one of: get, analyse, not "constructor"'],
    [choice, 'toString', 'must be one of: get, analyse, not "toString"'],
    [of('string'), { a: 'x'.repeat(100) }, `must be a text, not {"a":"${'x'.repeat(51)}…`],
  ];
  for (const [param, given, expected] of wrong) {
    it(`${param.type} refuses ${JSON.stringify(given).slice(0, 40)}`, () =>
      expect(readValue(param, given)).to.deep.equal({ wrong: expected }));
  }

  const types = ['string', 'integer', 'boolean', 'choice', 'list', 'percent', 'duration'] as const;
  for (const type of types) {
    it(`${type} refuses what is empty`, () => {
      for (const given of ['', '  ', '\t\n', []])
        expect(readValue(of(type, { values: ['a'] }), given)).to.deep.equal({
          wrong: 'is empty: give a value, or leave it out (in a Jenkinsfile: null)',
        });
    });
  }
});
