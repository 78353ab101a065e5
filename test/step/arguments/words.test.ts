import { expect } from 'chai';
import type { Step } from '../../../src/step/declare/define.ts';
import { commonParams } from '../../../src/step/arguments/parse.ts';
import { read, step, type Ended } from '../line.ts';

const empty = 'is empty: give a value, or leave it out (in a Jenkinsfile: null)';

describe('the grammar of the command line', () => {
  const right: [string, string[], Record<string, unknown>][] = [
    ['a value behind a space', ['abort', '--reason', 'slow'], { reason: 'slow' }],
    ['a value behind =', ['abort', '--reason=slow'], { reason: 'slow' }],
    ['a value with = in it', ['abort', '--reason=a=b'], { reason: 'a=b' }],
    [
      'a value that begins with a dash and a space',
      ['abort', '--reason', '- checkout is slow'],
      { reason: '- checkout is slow' },
    ],
    [
      'a value that begins with two dashes and a space',
      ['abort', '--reason', '-- slow'],
      { reason: '-- slow' },
    ],
    ['a value that begins with a dash', ['status', '--to', '-oh'], { to: '-oh' }],
    ['-h as the value of an option', ['abort', '--reason', '-h'], { reason: '-h' }],
    ['-h behind =', ['abort', '--reason=-h'], { reason: '-h' }],
    ['--help behind =', ['abort', '--reason=--help'], { reason: '--help' }],
    ['an option behind =', ['abort', '--reason=--dry-run'], { reason: '--dry-run', dryRun: false }],
    ['-h after --', ['--reason=x', '--', 'abort'], { action: 'abort' }],
    ['a negative number as a value', ['status', '--limit', '-3'], { limit: -3 }],
    ['a switch', ['status', '--dry-run'], { dryRun: true, probe: true }],
    ['a switch with a value', ['status', '--dry-run=false', '--noise=true'], { dryRun: false, noise: true }],
    ['a switch that is off', ['status', '--no-probe'], { probe: false }],
    ['a switch that begins with no', ['status', '--noise'], { noise: true }],
    [
      'a switch that begins with no, off',
      ['status', '--noise', '--no-dry-run'],
      { noise: true, dryRun: false },
    ],
    [
      'words among options',
      ['--dry-run', 'weight', '--to', 'x', '33'],
      { action: 'weight', weight: 33, to: 'x' },
    ],
    ['words after --', ['--', 'weight', '33'], { action: 'weight', weight: 33 }],
    ['a word by its name', ['--action', 'weight', '--weight=33'], { action: 'weight', weight: 33 }],
    ['a single dash as a value', ['status', '--to', '-'], { to: '-' }],
    ['an option that may go without its value, at the end', ['status', '--resume'], { resume: 'last' }],
    ['... before another one', ['status', '--resume', '--dry-run'], { resume: 'last', dryRun: true }],
    ['... with a value', ['status', '--resume', 'abc'], { resume: 'abc' }],
    ['... with = and a dash', ['status', '--resume=-abc'], { resume: '-abc' }],
    ['a list, repeated', ['status', '--only', 'a,b', '--only=c'], { only: ['a', 'b', 'c'] }],
    [
      'the same twice',
      ['status', '--to', 'a', '--to=a', '--dry-run', '--dry-run'],
      { to: 'a', dryRun: true },
    ],
    ['what is as it is by default, for another action', ['status', '--no-noise'], { noise: false }],
  ];
  for (const [what, words, expected] of right)
    it(`takes ${what}: ${words.join(' ')}`, () => expect(read(words)).to.deep.include(expected));

  const pages: [string[], Ended][] = [
    [['-h'], 'help'],
    [['--help'], 'help'],
    [['--version'], 'version'],
    [['abort', '-h'], 'help'],
    [['abort', '--reason', 'x', '--help'], 'help'],
    [['--resume', '-h'], 'help'],
    [['--dry-run', '--help'], 'help'],
    [['--no-such-thing', 'value', '--help'], 'help'],
    [['--help', '--version'], 'version'],
  ];
  for (const [words, expected] of pages)
    it(`shows the ${String(expected)}: ${words.join(' ')}`, () => expect(read(words)).to.equal(expected));

  const wrong: [string, string[], string[]][] = [
    [
      'one dash before a name',
      ['weight', '-weight', '33'],
      ['there is no option -weight; did you mean --weight?'],
    ],
    ['one dash and =', ['weight', '-weight=33'], ['there is no option -weight; did you mean --weight?']],
    ['one dash before help', ['abort', '-help'], ['there is no option -help; did you mean --help?']],
    ['letters with an h among them', ['status', '-oh'], ['there is no option -oh']],
    ['letters that begin with h', ['status', '-hv'], ['there is no option -hv']],
    ['an unknown letter', ['status', '-x'], ['there is no option -x']],
    [
      'dashes of a word processor',
      ['status', '—dry-run'],
      ['there is no option —dry-run; did you mean --dry-run?'],
    ],
    ['a page with a value', ['--help=yes'], ['--help takes no value', 'ACTION is missing: what']],
    ['-h with a value', ['status', '-h=1'], ['-h takes no value']],
    ['--no-help', ['status', '--no-help'], ['there is no option --no-help; did you mean --help?']],
    ['capitals', ['status', '-H'], ['there is no option -H']],
    ['a text as a word', ['abort', '- checkout is slow'], ['there is no option - checkout is slow']],
    ['-h after --', ['--', '-h'], ['ACTION must be one of: weight, abort, status, not "-h"']],
    ['--help after --', ['status', '--', '--help'], ['PERCENT is for weight, not for status']],
    [
      'a negative number',
      ['weight', '-5'],
      ['PERCENT must be a percentage from 0 to 100 like 33 or 33%, not "-5"'],
    ],
    ['a single dash', ['-'], ['ACTION must be one of: weight, abort, status, not "-"']],
    ['a forgotten value', ['status', '--to'], ['--to needs a value']],
    [
      'a forgotten value before an option',
      ['abort', '--reason', '--dry-run'],
      ['--reason needs a value; if --dry-run is meant, write --reason=--dry-run'],
    ],
    ['a forgotten value before help', ['status', '--to', '--help'].slice(0, 2), ['--to needs a value']],
    ['a forgotten value before --', ['--to', '--', 'status'], ['--to needs a value']],
    ['a switch that is none', ['status', '--no-to'], ['there is no option --no-to; did you mean --to?']],
    ['a value for a switch that is off', ['status', '--no-probe=true'], ['--no-probe takes no value']],
    [
      'a switch with an odd value',
      ['status', '--dry-run=yes'],
      ['--dry-run must be true or false, not "yes"'],
    ],
    ['a switch and a word', ['status', '--dry-run', 'false'], ['PERCENT is for weight, not for status']],
    ['one word too many', ['weight', '3', 'x'], ['"x" is one word too many']],
    ['two values', ['status', '--to', 'a', '--to', 'b'], ['--to is given twice, as "a" and as "b"']],
    ['on and off', ['status', '--probe', '--no-probe'], ['--probe is given twice, as true and as false']],
    ['a word and its name', ['weight', '3', '--weight', '4'], ['PERCENT is given twice, as "3" and as "4"']],
    ['what the action does not use', ['abort', '33'], ['PERCENT is for weight, not for abort']],
    [
      'an option that the action does not use',
      ['status', '--reason', 'x'],
      ['--reason is for abort, not for status'],
    ],
    ['an unknown option and its value', ['status', '--blue', 'x'], ['there is no option --blue']],
    ['an unknown option before another', ['status', '--blue', '--dry-run'], ['there is no option --blue']],
    ['a list with a hole', ['status', '--only', 'a,,b'], ['--only has an empty part: ["a,,b"]']],
    [
      'a list with an empty one',
      ['status', '--only', 'a', '--only='],
      ['--only has an empty part: ["a",""]'],
    ],
    [
      'several at once',
      ['-x', '--to'],
      ['there is no option -x', '--to needs a value', 'ACTION is missing: what'],
    ],
  ];
  for (const [what, words, expected] of wrong)
    it(`refuses ${what}: ${words.join(' ')}`, () => expect(read(words)).to.deep.equal(expected));

  it('refuses --help as the value of an option', () =>
    expect(read(['abort', '--reason', '--help'])).to.deep.equal([
      '--reason needs a value; if --help is meant, write --reason=--help',
    ]));

  it('refuses an empty value of every parameter, on the command line and from Jenkins', () => {
    const all = { ...commonParams, ...step.params };
    for (const [name, param] of Object.entries(all) as [string, Step['params'][string]][]) {
      for (const value of ['', '  ']) {
        const option = `--${name === 'dryRun' ? 'dry-run' : name}`;
        const needed = name === 'action' ? [] : [param.actions?.[0] ?? 'status'];
        for (const ended of [read([...needed, `${option}=${value}`]), read(needed, { [name]: value })])
          expect(ended, name).to.satisfy(
            (problems: unknown) =>
              Array.isArray(problems) &&
              problems.some((text: string) => text.endsWith(empty) || /empty part/.test(text)),
          );
        if (param.type !== 'boolean')
          expect(read([...needed, option, value]), name).to.satisfy((problems: unknown) =>
            Array.isArray(problems),
          );
      }
    }
    expect(read(['status'], { only: [] })).to.deep.equal([`--only ${empty}`]);
    expect(read(['status'], { only: null, to: null, resume: false })).to.deep.include({
      only: [],
      to: null,
      resume: null,
    });
    expect(read(['status'], { resume: true })).to.deep.include({ resume: 'last' });
  });
});
