import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { apart, seconds } from '../rules/lanes.js';

interface Item {
  file: string;
  seconds: number;
  apart: string[];
}
interface Known {
  seconds: Record<string, number>;
  apart: Record<string, { files: readonly string[] }>;
}

describe('the queue of test files', () => {
  let queueOf: (files: readonly string[], known: Known) => Item[];
  let take: (queue: Item[], held: readonly string[]) => Item[];

  before(async () => {
    const file: string = resolve('scripts/support/queue.mjs');
    ({ queueOf, take } = (await import(file)) as never);
  });

  /** Every chunk that is taken when nothing is held. */
  function chunks(queue: Item[]): string[] {
    const all: string[] = [];
    for (let chunk = take(queue, []); chunk.length > 0; chunk = take(queue, []))
      all.push(chunk.map(({ file }) => file).join(' '));
    return all;
  }

  it('gives long files alone and first, short ones in company, and every one once', () => {
    const known = { seconds: { a: 3, b: 90, c: 20, d: 9, e: 4, f: 12 }, apart: {} };
    expect(chunks(queueOf(['a', 'b', 'c', 'd', 'e', 'f'], known))).to.deep.equal(['b', 'c', 'f a', 'd e']);
  });

  it('guesses: end to end takes longest, then what starts daemons', () => {
    const files = ['a.test.ts', 'b.real.test.ts', 'c.test.ts', 'test/e2e/d.real.test.ts'];
    expect(queueOf(files, { seconds: {}, apart: {} }).map(({ file }) => file)).to.deep.equal([
      'test/e2e/d.real.test.ts',
      'b.real.test.ts',
      'a.test.ts',
      'c.test.ts',
    ]);
  });

  it('leaves a file while another lane holds what it needs', () => {
    const known = { seconds: { a: 90, b: 80, c: 70 }, apart: { bridge: { files: ['a', 'b'] } } };
    const queue = queueOf(['a', 'b', 'c'], known);
    const names = (held: string[]): string[] => take(queue, held).map(({ file }) => file);
    expect(names([])).to.deep.equal(['a']);
    expect(names(['bridge'])).to.deep.equal(['c']);
    expect(names(['bridge'])).to.deep.equal([]);
    expect(names([])).to.deep.equal(['b']);
  });

  it('knows only files that are there, and the reason why some stay apart', () => {
    const groups: Record<string, { why: string; files: readonly string[] }> = apart;
    const named = [...Object.keys(seconds), ...Object.values(groups).flatMap(({ files }) => files)];
    const root = join(import.meta.dirname, '../..');
    expect(named.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
    for (const { why } of Object.values(groups)) expect(why).to.match(/\w+ \w+/);
  });
});
