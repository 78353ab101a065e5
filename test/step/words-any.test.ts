import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Step } from '../../src/step/declare/define.ts';
import { commonParams, wanted } from '../../src/step/arguments/parse.ts';
import { readLine } from '../../src/step/arguments/words.ts';
import { read, step } from './line.ts';

describe('any line of words', () => {
  const folder = join(import.meta.dirname, '../../steps');
  const steps: Pick<Step, 'name' | 'params'>[] = [step];
  before(async () => {
    for (const file of readdirSync(folder)) {
      const { default: one } = (await import(join(folder, file))) as { default: Step };
      steps.push(one);
    }
  });

  const anyStep = fc.nat().map((at) => steps[at % steps.length] ?? step);
  /** Words as people and scripts write them for this step, and any others. */
  const lineOf = (of: Pick<Step, 'params'>): fc.Arbitrary<string[]> => {
    const all = Object.entries({ ...commonParams, ...of.params } as Step['params']);
    const names = all.map(([name]) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const values = [
      ...all.flatMap(([, { values: known }]) => known ?? []),
      '33',
      '10m',
      '-5',
      'x',
      '',
      '-',
      '--',
    ];
    const word = fc.oneof(
      fc.constantFrom(...names).chain((name) => fc.constantFrom(`--${name}`, `--no-${name}`, `-${name}`)),
      fc
        .tuple(fc.constantFrom(...names), fc.constantFrom(...values))
        .map(([name, value]) => `--${name}=${value}`),
      fc.constantFrom(...values),
      fc.constantFrom(
        '-h',
        '--help',
        '--version',
        '-oh',
        '-hh',
        '-help',
        '—help',
        '--help=1',
        '- help',
        'help',
      ),
      fc.string({ maxLength: 8 }),
      fc.string({ maxLength: 5 }).map((text) => `-${text}`),
    );
    return fc.array(word, { maxLength: 7 });
  };
  const anyCall = anyStep.chain((of) => fc.tuple(fc.constant(of), lineOf(of)));

  it('gives the help only for -h or --help where an option may stand', () =>
    fc.assert(
      fc.property(anyCall, ([of, words]) => {
        const ended = read(words, {}, of);
        const said = wanted(of.params, words);
        expect([said.help && !said.version, said.version]).to.deep.equal([
          ended === 'help',
          ended === 'version',
        ]);
        if (ended === 'help') {
          const end = words.indexOf('--');
          const before = end === -1 ? words : words.slice(0, end);
          // A -- may also be the value that an option lacked: then it ends nothing.
          expect([...before, ...words]).to.satisfy(
            (all: string[]) => all.includes('-h') || all.includes('--help'),
          );
        }
        if (!words.some((word) => word === '-h' || word === '--help')) expect(ended).not.to.equal('help');
        if (!words.includes('--version')) expect(ended).not.to.equal('version');
      }),
      { numRuns: 1000 },
    ));

  it('is understood whole, or refused: no word of it is without an effect', () =>
    fc.assert(
      fc.property(anyCall, ([of, words]) => {
        const all = { ...commonParams, ...of.params };
        const line = readLine(all, words);
        if (line.problems.length > 0 || line.help || line.version) return;
        // A word may be given by its name, too: then the same stands there twice.
        if (words.some((word) => /^--(action|weight|name|state|id)\b/.test(word))) return;
        const options = words.map((word) => /^--(?:no-)?([^=]+)/.exec(word)?.[1] ?? word);
        for (let at = 0; at < words.length; at += 1) {
          const again = options.indexOf(options[at] ?? '') !== options.lastIndexOf(options[at] ?? '');
          if (words[at] === '--' || again) continue;
          const without = readLine(all, words.toSpliced(at, 1));
          expect({ ...without.given, problems: without.problems }).not.to.deep.equal({
            ...line.given,
            problems: [],
          });
        }
      }),
      { numRuns: 1000 },
    ));

  it('gives what was meant, however it is written', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 }).filter((value) => value.trim() !== '');
    const free = text.filter((value) => value !== '--' && !/^--[A-Za-z][\w-]*(=|$)/.test(value));
    const given = fc.record(
      {
        reason: fc.tuple(fc.boolean(), free),
        to: fc.tuple(fc.boolean(), free),
        limit: fc.tuple(fc.boolean(), fc.integer()),
        dryRun: fc.boolean(),
        probe: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(given, fc.boolean(), fc.nat(), ({ reason, to, limit, dryRun, probe }, late, seed) => {
        const one = (name: string, value: readonly [boolean, unknown] | undefined): string[][] =>
          value === undefined
            ? []
            : [value[0] ? [`--${name}=${String(value[1])}`] : [`--${name}`, String(value[1])]];
        const parts = [
          ...one('reason', reason),
          ...one('to', to),
          ...one('limit', limit),
          ...(dryRun === undefined ? [] : [[dryRun ? '--dry-run' : '--no-dry-run']]),
          ...(probe === undefined ? [] : [[probe ? '--probe' : '--no-probe']]),
        ];
        const turned = parts.map((_, at) => parts[(at + seed) % parts.length] ?? []);
        const words = late ? [...turned.flat(), '--', 'abort'] : ['abort', ...turned.flat()];
        expect(read(words)).to.deep.include({
          action: 'abort',
          reason: reason?.[1] ?? null,
          to: to?.[1] ?? null,
          limit: limit?.[1] ?? null,
          dryRun: dryRun ?? false,
          probe: probe ?? true,
        });
      }),
      { numRuns: 1000 },
    );
  });
});
