import { expect } from 'chai';
import { CanopyError } from '../../../src/errors.ts';
import { defineStep } from '../../../src/step/declare/define.ts';
import { helpText } from '../../../src/step/arguments/help.ts';
import { parse } from '../../../src/step/arguments/parse.ts';

const step = defineStep({
  name: 'flag',
  summary: 'sets a flag',
  params: {
    action: {
      type: 'choice',
      describe: 'what',
      values: ['get', 'set'],
      aliases: { put: 'set' },
      default: 'get',
      positional: 0,
    },
    name: { type: 'string', describe: 'the flag', required: true, positional: 1, placeholder: 'NAME' },
    share: { type: 'percent', describe: 'a share' },
    waitFor: { type: 'duration', describe: 'a time' },
    only: { type: 'list', describe: 'some' },
    count: { type: 'integer', describe: 'a number', default: 3 },
    probe: { type: 'boolean', describe: 'a switch', default: true },
  },
  secrets: [],
  uses: [],
  examples: [{ command: 'canopy flag set checkout', says: 'an example' }],
  run: async () => ({ outcome: 'done' }),
});

const values = (words: string[], json = {}) => parse(step, words, json).values;
const problems = (words: string[], json = {}): string[] => {
  try {
    parse(step, words, json);
  } catch (error) {
    if (error instanceof CanopyError) return error.problems.map((item) => item.message);
    throw error;
  }
  return [];
};

describe('parameters', () => {
  it('come from words, options and defaults', () => {
    expect(
      values([
        'put',
        'checkout',
        '--share',
        '33',
        '--wait-for=90s',
        '--only',
        'a,b',
        '--only',
        'c',
        '--no-probe',
      ]),
    ).to.deep.include({
      action: 'set',
      name: 'checkout',
      share: 33,
      waitFor: 90_000,
      only: ['a', 'b', 'c'],
      count: 3,
      probe: false,
      config: 'canopy.yml',
      dryRun: false,
    });
  });

  it('come from JSON with the same names, and the command line wins', () => {
    const json = {
      action: 'set',
      name: "it's\n$(x) é",
      share: '5%',
      only: ['x'],
      probe: false,
      count: '7',
      result: null,
    };
    expect(values([], json)).to.deep.include({
      action: 'set',
      name: "it's\n$(x) é",
      share: 5,
      only: ['x'],
      probe: false,
      count: 7,
    });
    expect(values(['--count', '9'], json)).to.include({ count: 9 });
  });

  it('keep a text that looks like an option', () => {
    expect(values(['get', '--', '--weird'])).to.include({ name: '--weird' });
  });

  const wrong: [string, string[], object, string[]][] = [
    ['a missing word', [], {}, ['NAME is missing: the flag']],
    [
      'an unknown option',
      ['get', 'x', '--shares', '3'],
      {},
      ['there is no option --shares; did you mean --share?'],
    ],
    [
      'an unknown parameter',
      [],
      { name: 'x', nmae: 'y' },
      ['there is no parameter nmae; did you mean name?'],
    ],
    ['a word too many', ['get', 'x', 'y'], {}, ['"y" is one word too many']],
    ['no value', ['get', 'x', '--share'], {}, ['--share needs a value']],
    [
      'no percentage',
      ['get', 'x', '--share', '101'],
      {},
      ['--share must be a percentage from 0 to 100 like 33 or 33%, not "101"'],
    ],
    ['no choice', ['got', 'x'], {}, ['ACTION must be one of: get, set, not "got"']],
    [
      'the wrong kind',
      [],
      { name: { a: 1 }, probe: 'yes', count: 1.5 },
      [
        'NAME must be a text, not {"a":1}',
        '--count must be a whole number, not 1.5',
        '--probe must be true or false, not "yes"',
      ],
    ],
  ];
  for (const [what, words, json, expected] of wrong) {
    it(`tell ${what}, all at once`, () => expect(problems(words, json)).to.deep.equal(expected));
  }

  it('are all in the help, with the examples', () => {
    const text = helpText(step, 80);
    for (const part of [
      'canopy flag [ACTION] NAME [options]',
      '--wait-for TIME',
      '--dry-run',
      'canopy flag set checkout',
      'get | set',
      'default 3',
    ]) {
      expect(text).to.contain(part);
    }
  });
});
