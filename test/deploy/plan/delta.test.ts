import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { deltaOf, frontOf, listed, listText, pays, readList } from '../../../src/deploy/plan/delta.ts';
import type { PackedFile } from '../../../src/shared/member.ts';

type Short = Readonly<Record<string, readonly [sha256: string, size: number, mode?: string, link?: string]>>;
interface Case {
  readonly given: string;
  readonly held: Short;
  readonly files: Short;
  readonly shared?: readonly string[];
  readonly expect: Record<string, unknown>;
  readonly pays: boolean;
}
const cases = JSON.parse(
  readFileSync(new URL('../../cases/deploy/delta.json', import.meta.url), 'utf8'),
) as Case[];

const packed = (files: Short): Record<string, PackedFile> =>
  Object.fromEntries(
    Object.entries(files).map(([name, [sha256, size, mode = '0644', link]]) => [
      name,
      { sha256: sha256.padEnd(64, '0').replace('h', 'a'), size, mode, ...(link ? { link } : {}) },
    ]),
  );
const hash = 'a'.repeat(64);

describe('deploy/delta', () => {
  for (const { given, held, files, shared = [], expect: wanted, pays: worth } of cases) {
    it(`tells what to send with ${given}`, () => {
      const delta = deltaOf(packed(files), listed(packed(files), shared), listed(packed(held), shared));
      expect(delta).to.deep.equal(wanted);
      expect(pays(delta)).to.equal(worth);
    });
  }

  it('takes a thousand moved files, the largest ones, and sends the others', () => {
    const names = Array.from({ length: 1200 }, (_, at) => at);
    const tree = (prefix: string) =>
      Object.fromEntries(
        names.map((at) => [
          `${prefix}/${at}`,
          { sha256: String(at).padStart(64, '0'), size: at, mode: '0644' },
        ]),
      );
    const delta = deltaOf(tree('new'), listed(tree('new'), []), listed(tree('old'), []));
    expect([delta.moved.length, delta.send.length]).to.deep.equal([1000, 200]);
    expect(delta.moved[0]).to.deep.equal(['old/1199', 'new/1199']);
    expect(delta.bytes).to.equal((199 * 200) / 2);
  });

  it('writes a list that it reads back, the same for the same files in any order', () => {
    const files = packed({ 'z é': ['h1', 1], a: ['h2', 2, '0755'], l: ['h3', 0, '0777', 'a'] });
    const list = listed(files, []);
    expect(listText(list).split('\n')[0]).to.match(/^a20+ 81ed a$/);
    expect(readList(listText(list))).to.deep.equal(list);
    const turned = Object.fromEntries(Object.entries(files).reverse());
    expect(listText(listed(turned, []))).to.equal(listText(list));
  });

  for (const [what, text] of [
    ['a name that leaves the tree', `${hash} 81a4 ../../etc/passwd\n`],
    ['an absolute name', `${hash} 81a4 /etc/passwd\n`],
    ['a name of ours', `${hash} 81a4 .canopy/env\n`],
    ['no name', `${hash} 81a4 \n`],
    ['no hash', `abc 81a4 a\n`],
    ['a cut end', `${hash} 81a4 a\n${hash} 81a4 b`],
    ['an empty line', `${hash} 81a4 a\n\n`],
  ] as const) {
    it(`believes no list with ${what}`, () => expect(readList(text)).to.equal(null));
  }

  it('brings each folder once, and names ended by NUL', () => {
    const files = packed({ 'x/y/a': ['h1', 1], 'x/y/b': ['h2', 2], c: ['h3', 3], 'n/m': ['h4', 4] });
    const held = packed({ 'x/y/a': ['h1', 1], 'x/y/b': ['h2', 2], c: ['h3', 3], o: ['h4', 4] });
    const list = listed(files, []);
    const front = frontOf(list, deltaOf(files, list, listed(held, [])));
    expect(front['.canopy/take']).to.equal('c\0x/y/a\0x/y/b\0');
    expect(Object.keys(front).filter((name) => name.endsWith('/'))).to.deep.equal(['x/y/', 'n/']);
    expect(front['.canopy/names']).to.equal('.\0./c\0./n/m\0./x/y/a\0./x/y/b\0');
    expect(front['.canopy/plain']).to.equal('./.canopy/files\0./c\0./n/m\0./x/y/a\0./x/y/b\0');
    expect(front['.canopy/moved']).to.equal('o\nn/m\n');
  });
});
