import { expect } from 'chai';
import fc from 'fast-check';
import { gather } from '../../src/drivers/machine/output.ts';

describe('gathered output', () => {
  it('gives the same lines and text wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (parts, sizes) => {
          const text = parts.join('\n');
          const lines: string[] = [];
          const output = gather((line) => lines.push(line));
          const bytes = Buffer.from(text);
          for (let from = 0; from < bytes.length;) {
            const size = sizes.next().value as number;
            output.out(bytes.subarray(from, from + size));
            from += size;
          }
          expect(output.end().stdout).to.equal(bytes.toString());
          const wanted = bytes.toString().split('\n');
          if (wanted.at(-1) === '') wanted.pop();
          expect(lines).to.deep.equal(wanted.map((line) => line.replace(/\r$/, '')));
        },
      ),
    );
  });

  it('keeps the end of each stream, from a whole character on', () => {
    const output = gather(undefined);
    for (let count = 0; count < 3; count += 1) output.out(Buffer.from('ä'.repeat(400_001)));
    output.out(Buffer.from('!'));
    output.err(Buffer.from('few'));
    const { stdout, stderr } = output.end();
    expect(stderr).to.equal('few');
    expect(Buffer.byteLength(stdout)).to.equal(1024 * 1024 - 1);
    expect(stdout).to.match(/^ä+!$/);
  });

  it('hands on a line without end in pieces', () => {
    const lines: string[] = [];
    const output = gather((line) => lines.push(line));
    output.out(Buffer.from('x'.repeat(150_000)));
    output.end();
    expect(lines.join('').replaceAll('…', '')).to.have.length(150_000);
    expect(lines.map((line) => line.length)).to.deep.equal([65_536, 65_536, 18_932]);
  });
});
