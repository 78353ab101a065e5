import { expect } from 'chai';
import fc from 'fast-check';
import type { RecordCodec } from '../../../src/record/record.ts';

const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));

/** What somebody may type: lines, control characters, halves of characters, much of it. */
export const words: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  units,
  fc.tuple(units, fc.nat(3000)).map(([text, times]) => text.repeat(1 + times / (1 + text.length))),
  fc.constantFrom('two\nlines', '\u001b[2Jgone', 'e\u0301'.repeat(1500), '👩‍👩‍👧‍👦'.repeat(400), '\ud83d', ''),
);

/** A text that is nearly a record: a value in it is another, a key is missing, the end is missing. */
const nearly = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(texts, fc.nat(), fc.jsonValue(), fc.boolean()).map(([text, at, other, cut]) => {
    if (cut) return text.slice(0, at % (text.length + 1));
    const value = JSON.parse(text) as Record<string, unknown>;
    const keys = Object.keys(value);
    return JSON.stringify({ ...value, [keys[at % keys.length] ?? '']: other });
  });

/**
 * What holds for every codec: what is written is read, as the value made to fit; it is written the same again; and no text
 * whatever makes the reader throw.
 */
export function lawsOf<T>(codec: RecordCodec<T>, values: fc.Arbitrary<T>, numRuns = 200): void {
  const seed = Date.now() % 2 ** 31;
  it(`is read as it was written, whatever the words in it (seed ${seed})`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = codec.format(value);
        const parsed = codec.parse(text);
        expect(parsed).to.deep.equal({ ok: true, value: codec.fit(value) });
        if (parsed.ok) expect(codec.format(parsed.value)).to.equal(text);
        // Older versions refuse anything else, and half a character is lost on its way through a store.
        for (const one of textsIn(JSON.parse(text)))
          expect(!control.test(one) && one.isWellFormed(), JSON.stringify(one)).to.equal(true);
      }),
      { seed, numRuns },
    );
  });
  it(`never throws, whatever the text (seed ${seed})`, () => {
    const texts = values.map((value) => codec.format(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), nearly(texts)), (text) => {
        expect(codec.parse(text)).to.have.property('ok');
      }),
      { seed, numRuns },
    );
    expect(codec.parse('['.repeat(100_000))).to.have.property('ok', false);
  });
}

const control = /[\u0000-\u001f\u007f-\u009f]/;

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
};
