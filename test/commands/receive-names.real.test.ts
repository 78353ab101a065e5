import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { refuse } from '../../src/artifact/members.ts';
import { needs } from '../support/needs.ts';
import { pathOf } from '../support/ssh/shells.ts';
import { tempFolder } from '../support/temp.ts';
import { bring, packed, streamOf } from '../support/worlds/upload.ts';
import { shells } from './receive-setting.ts';

const hostile = [
  ...[
    ' ',
    '  a',
    'a ',
    '-',
    '-n',
    '--',
    '-rf',
    "'",
    '"',
    '`id`',
    '$(id)',
    '$HOME',
    '\\',
    '\\n',
    '\\x41',
    '%s',
    '*',
    '?',
  ],
  ...[
    '[a]',
    '!',
    '~',
    '#',
    '&',
    ';',
    '|',
    '<',
    '>',
    '(',
    '{a,b}',
    '=',
    'a=b',
    ':',
    '@',
    'ü',
    '日本',
    '\u{1f600}',
  ],
  ...['\u0301', '\u202e', ' OK', ': OK', 'a: FAILED', '.', '..a', '...', 'tree', 'take', 'x'.repeat(200)],
];
const segment = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
);
const name = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/').normalize())
  .filter((text) => refuse([{ name: text, type: 'file', size: 1, mode: 0o644, target: null }]) === null);
const tree = fc.dictionary(name, fc.string({ maxLength: 30 }), {
  minKeys: 2,
  maxKeys: 40,
  noNullPrototype: true,
});
/** Names that stand in each other's way, as a file and a folder, are no tree. */
const fits = (names: readonly string[]): boolean =>
  refuse(names.map((one) => ({ name: one, type: 'file' as const, size: 1, mode: 0o644, target: null }))) ===
  null;

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));

for (const shell of shells) {
  describe(`receive, hostile names: by ${shell} (SEED=${seed})`, function () {
    this.timeout(120_000);
    before(needs(shell));
    const temp = tempFolder();

    it('brings every file whatever it is called, sent or taken from an earlier release', async () => {
      const path = pathOf(temp(), shell);
      const property = fc.asyncProperty(tree, tree, fc.boolean(), async (old, more, link) => {
        const changed = Object.fromEntries(
          Object.entries(old).map(([key, text], at) => [at % 3 === 0 ? `moved/${key}` : key, text]),
        );
        const next = { ...changed, ...more };
        fc.pre(fits(Object.keys(old)) && fits(Object.keys(next)));
        const place = mkdtempSync(join(temp(), 'run-'));
        for (const folder of ['old', 'next']) mkdirSync(join(place, folder));
        const first = await packed(join(place, 'old'), old);
        const second = await packed(join(place, 'next'), next);
        const to = { path: join(place, 'srv'), shared: [] };
        const one = bring(await streamOf(first), { ...to, id: 'r1' }, { path });
        expect(one).to.deep.equal({ code: 0, out: '', err: '' });
        const two = bring(await streamOf(second, first), { ...to, id: 'r2', base: 'r1', link }, { path });
        expect(two).to.deep.include({ code: 0, err: '' });
        for (const [release, files] of Object.entries({ r1: old, r2: next })) {
          for (const [key, text] of Object.entries(files))
            expect(readFileSync(join(place, 'srv/releases', release, key), 'utf8'), key).to.equal(text);
        }
      });
      await fc.assert(property, { seed, numRuns: 15 });
    });

    it('never packs a name with a newline', async () => {
      const why = refuse([{ name: 'a\nb', type: 'file', size: 1, mode: 0o644, target: null }])?.why;
      expect(why).to.equal('has a control character in its name');
    });
  });
}
