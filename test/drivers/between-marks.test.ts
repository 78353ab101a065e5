import { expect } from 'chai';
import fc from 'fast-check';
import { betweenMarks } from '../../src/drivers/machine/between-marks.ts';

const token = 'f00dfacef00dfacef00dfacef00dface';
const read = (text: string | Buffer, cuts: readonly number[] = []) => {
  const bytes = Buffer.from(text as string);
  const taken: Buffer[] = [];
  const stream = betweenMarks(token, (chunk) => taken.push(chunk));
  const points = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let at = 1; at < points.length; at += 1) stream.add(bytes.subarray(points[at - 1], points[at]));
  const early = Buffer.concat(taken).toString();
  stream.flush();
  const { begun, code, before } = stream;
  return { text: Buffer.concat(taken).toString(), early, begun, code, before };
};

describe('what stands between the marks', () => {
  const cases: Readonly<Record<string, [string, string, boolean, number | null]>> = {
    'nothing at all': ['', '', false, null],
    'a login shell that refuses': ['This account is currently not available.\n', '', false, null],
    'an empty output': [`${token} begin\n${token} end 0\n`, '', true, 0],
    'an output': [`${token} begin\none\ntwo\n${token} end 75\n`, 'one\ntwo\n', true, 75],
    'one without a last newline': [`${token} begin\none${token} end 255\n`, 'one', true, 255],
    'a greeting before it': [`welcome\n${token} begin\none\n${token} end 0\n`, 'one\n', true, 0],
    'a greeting without a newline': [`welcome${token} begin\none\n${token} end 0\n`, 'one\n', true, 0],
    'words after it': [`${token} begin\none\n${token} end 3\nlogout\n`, 'one\n', true, 3],
    'an output that was cut off': [`${token} begin\none\n`, 'one\n', true, null],
    'one cut off in the last line': [`${token} begin\none\n${token} en`, `one\n${token} en`, true, null],
    'one cut off in the code': [`${token} begin\none\n${token} end 1`, `one\n${token} end 1`, true, null],
    'the token in the output': [
      `${token} begin\n${token} ended\n${token} end 0\n`,
      `${token} ended\n`,
      true,
      0,
    ],
    'a code that is none': [
      `${token} begin\n${token} end x\n${token} end 1234\n`,
      `${token} end x\n${token} end 1234\n`,
      true,
      null,
    ],
    'the end of another run': [
      `${token} begin\nbad1bad1 end 0\n${token} end 1\n`,
      'bad1bad1 end 0\n',
      true,
      1,
    ],
    'an end before the beginning': [`${token} end 0\n`, '', false, null],
  };
  for (const [name, [given, text, begun, code]] of Object.entries(cases)) {
    it(`${name}, in one piece and byte by byte`, () => {
      const whole = read(given);
      expect([whole.text, whole.begun, whole.code]).to.deep.equal([text, begun, code]);
      const bytes = Array.from({ length: given.length }, (_, at) => at);
      expect({ ...read(given, bytes), early: '' }).to.deep.equal({ ...whole, early: '' });
    });
  }

  it('keeps the end of what a login shell says in place of it', () => {
    expect(read(`${'x'.repeat(10_000)}\nno shell for you\n`).before.trimEnd()).to.match(
      /x\nno shell for you$/,
    );
    expect(read('no shell for you\n', [3, 5]).before).to.equal('no shell for you\n');
    expect(read(`hello\n${token} begin\n`).before).to.equal('');
  });

  it('hands a line on at once, whatever comes next', () => {
    expect(read(`${token} begin\none\n`).early).to.equal('one\n');
    expect(read(`${token} begin\none\nf00d`).early).to.equal('one\n');
  });

  it('gives every output as it is, wherever the pieces are cut', () => {
    const part = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(token, token.slice(0, 9), '\n', ' end ', ' end 0', ' begin\n'),
    );
    fc.assert(
      fc.property(
        fc.array(part),
        fc.array(fc.nat(400)),
        fc.integer({ min: 0, max: 255 }),
        (parts, cuts, code) => {
          const output = parts.join('');
          fc.pre(!/f00d end \d{1,3}\n/.test(output.replaceAll(token, 'f00d')));
          const bytes = Buffer.from(`hello\n${token} begin\n${output}${token} end ${code}\nbye\n`);
          const at = cuts.filter((cut) => cut < bytes.length);
          const seen = read(bytes, at);
          expect([seen.text, seen.code]).to.deep.equal([Buffer.from(output).toString(), code]);
        },
      ),
    );
  });
});
