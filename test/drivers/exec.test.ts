import { expect } from 'chai';
import { cleanEnv } from '../../src/drivers/exec/env.ts';
import { firstLine, lineReader } from '../../src/drivers/exec/lines.ts';

describe('drivers/exec-env', () => {
  it('leaves out ours and the bound ones, by their whole names', () => {
    const env = {
      ...{
        PATH: '/bin',
        CANOPY_STORE: 'x',
        TWILIO_SID: 'x',
        SMTP_PASS: 'x',
        DEPLOY_KEY: 'x',
        GONE: undefined,
      },
      ...{ MY_CANOPY_X: 'kept', CANOPY: 'kept', DEPLOY_KEY_2: 'kept' },
    };
    expect(cleanEnv(env, ['DEPLOY_KEY'])).to.deep.equal({
      ...{ PATH: '/bin', MY_CANOPY_X: 'kept', CANOPY: 'kept', DEPLOY_KEY_2: 'kept' },
    });
  });
});

describe('drivers/exec-lines', () => {
  const read = (...chunks: Buffer[]): { lines: string[]; whole: string } => {
    const lines: string[] = [];
    const reader = lineReader((line) => lines.push(line));
    for (const chunk of chunks) reader.take(chunk);
    return { whole: reader.end(), lines };
  };

  it('joins what chunks cut, characters too', () => {
    const bytes = Buffer.from('one\ntwö\r\n\nlast');
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    expect(read(...single)).to.deep.equal({ lines: ['one', 'twö', '', 'last'], whole: 'one\ntwö\r\n\nlast' });
    expect(read(bytes)).to.deep.equal(read(...single));
  });

  it('tells a line without end in pieces, and keeps its end', () => {
    const { lines, whole } = read(
      ...Array.from({ length: 100 }, () => Buffer.alloc(100_000, 'x')),
      Buffer.from('end'),
    );
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(65_536);
    expect(lines.join('').replaceAll('…', '').length).to.equal(10_000_003);
    expect(whole.length).to.be.lessThan(5_000_000);
    expect(whole.endsWith('xend')).to.be.true;
  });

  it('gives the first line away, wherever it is cut', () => {
    for (const chunks of [['12\nrest'], ['1', '2\n', 'rest'], ['12', '\nre', 'st']]) {
      const heard: string[] = [];
      const take = firstLine(
        (line) => heard.push(`first ${line}`),
        (chunk) => heard.push(chunk.toString()),
      );
      for (const chunk of chunks) take(Buffer.from(chunk));
      expect([heard[0], heard.slice(1).join('')]).to.deep.equal(['first 12', 'rest']);
    }
  });
});
