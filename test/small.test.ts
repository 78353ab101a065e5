import { inspect } from 'node:util';
import { expect } from 'chai';
import { cut, isLine, toLine } from '../src/shared/text/line.ts';
import { pool } from '../src/shared/pool.ts';
import { Secret } from '../src/shared/secret.ts';
import { sizeOf } from '../src/shared/share.ts';
import { suggest } from '../src/shared/text/suggest.ts';
import {
  parseDuration,
  parsePercent,
  parseSize,
  showCount,
  showDuration,
  showSize,
} from '../src/shared/text/units.ts';
import { failed, pass, worst, worstOf, type Verdict } from '../src/shared/verdict.ts';

const table = <T>(
  what: string,
  run: (given: T) => unknown,
  rows: readonly (readonly [T, unknown])[],
): void => {
  describe(what, () => {
    for (const [given, wanted] of rows)
      it(`${JSON.stringify(given)} -> ${JSON.stringify(wanted)}`, () =>
        expect(run(given)).to.deep.equal(wanted));
  });
};

table('parseDuration', parseDuration, [
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['2d', 172_800_000],
  ['0s', 0],
  ...['', '30', 's', '-1s', '1 s', '1s ', '1w', '1e3s', '5M', '1s\n'].map((text) => [text, null] as const),
]);
table('parseSize', parseSize, [
  ['100B', 100],
  ['512KB', 524_288],
  ['1.5MB', 1_572_864],
  ['2GB', 2_147_483_648],
  ...['', '64', '64mb', '-1B', '1 MB', '1TB'].map((text) => [text, null] as const),
]);
table('parsePercent', parsePercent, [
  ['33%', 33],
  ['0%', 0],
  ['100%', 100],
  ['0.5%', 0.5],
  ...['', '33', '101%', '-1%', '100.1%', '1%%', '%'].map((text) => [text, null] as const),
]);
table('showDuration', showDuration, [
  [0, '0 ms'],
  [850, '850 ms'],
  [999.6, '1 s'],
  [12_300, '12.3 s'],
  [30_000, '30 s'],
  [59_960, '1 min'],
  [60_000, '1 min'],
  [185_000, '3 min 5 s'],
]);
table('showCount', showCount, [
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [12_345, '12,345'],
  [1_234_567, '1,234,567'],
]);

table('showSize', showSize, [
  [0, '0 B'],
  [812, '812 B'],
  [1024, '1.0 KB'],
  [1_468_006, '1.4 MB'],
  [3 * 1024 ** 4, '3.0 TB'],
]);
table('suggest', (word: string) => suggest(word, ['deploy', 'status', 'lock']), [
  ['deplyo', '; did you mean deploy?'],
  ['STATUS', '; did you mean status?'],
  ['lok', '; did you mean lock?'],
  ['blok', '; did you mean lock?'],
  ['tats', '; did you mean status?'],
  ['statuses of all', ''],
  ['banana', ''],
  ['', ''],
]);
table('sizeOf', ([share, total]: readonly [Parameters<typeof sizeOf>[0], number]) => sizeOf(share, total), [
  [[{ count: 2 }, 5], 2],
  [[{ percent: 25 }, 10], 2],
  [[{ percent: 10 }, 5], 1],
  [[{ percent: 100 }, 5], 5],
]);
table('toLine', (text: string) => toLine(text, 8), [
  ['a\nb\u001b[1mc', 'a b [1mc'],
  ['12345678', '12345678'],
  ['123456789', '1234567…'],
  ['\r\n\u009f', ' '],
  ['a\u2028b\u2029', 'a b '],
  ['a\ud83dbc', 'a\ufffdbc'],
  ['1234567\u{1f600}', '1234567…'],
  ['123456\u{1f600}', '123456\u{1f600}'],
  ['12345e\u0301\u0302\u0303', '12345…'],
  [`12\u{1f469}\u200d\u{1f469}\u200d\u{1f467}`, '12…'],
  [`1234567${'\u0301'.repeat(99)}`, '123456…'],
]);

describe('small values', () => {
  it('a cut text is not longer than it may be', () => {
    for (const longest of [1, 2, 5]) expect(cut('abcdef', longest)).to.have.length(longest);
    expect([isLine('a', 1), isLine('ab', 1), isLine('a\n', 5), isLine(1, 5)]).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });

  it('the worst verdict wins, with the reasons of all', () => {
    const unsure: Verdict = { outcome: 'inconclusive', reasons: ['u'] };
    expect(worstOf([])).to.deep.equal({ outcome: 'pass', reasons: [] });
    expect(worst(unsure, pass('p'))).to.deep.equal({ outcome: 'inconclusive', reasons: ['u', 'p'] });
    expect(worstOf([pass('p'), failed('f'), unsure])).to.deep.equal({
      outcome: 'fail',
      reasons: ['p', 'f', 'u'],
    });
  });

  it('a secret prints in no way', () => {
    const secret = new Secret('sesame');
    const texts = [
      String(secret),
      `${secret.toString()}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ a: [secret] }, { depth: 9, showHidden: true }),
    ];
    for (const text of texts) expect(text).to.contain('[secret]').and.not.to.contain('sesame');
    expect(Object.keys(secret)).to.deep.equal([]);
    expect(secret.reveal()).to.equal('sesame');
  });

  it('a pool works on so many at a time, keeps the order, and ends all before it throws the first error', async () => {
    let busy = 0;
    let most = 0;
    const ended: number[] = [];
    const work = async (item: number): Promise<number> => {
      most = Math.max(most, (busy += 1));
      for (let turn = 0; turn < 5 - item; turn += 1) await Promise.resolve();
      busy -= 1;
      ended.push(item);
      if (item >= 3) throw new Error(`broken ${item}`);
      return item * 10;
    };
    expect(await pool([2, 0, 1], 2, work)).to.deep.equal([20, 0, 10]);
    expect(most).to.equal(2);
    expect(await pool([], 5, work)).to.deep.equal([]);
    const error = await pool([3, 4, 1, 2], 1, work).catch((reason: unknown) => reason);
    expect((error as Error).message).to.equal('broken 3');
    expect(ended.slice(-4)).to.deep.equal([3, 4, 1, 2]);
  });
});
