import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

type Sizes = Readonly<Record<string, Readonly<Record<'start' | 'run' | 'all', number>>>>;

const root = join(import.meta.dirname, '../..');
const read = (file: string): Sizes => JSON.parse(readFileSync(join(root, file), 'utf8')) as Sizes;

/** What a step loads is most of its start. A step that grows on purpose: `npm run build && node scripts/size-budget.mjs --write`. */
describe('the size budget of the steps', () => {
  before(() => {
    if (!existsSync(join(root, 'dist/meta.json'))) throw new Error('dist/ is missing: npm run build');
  });

  it('has a line for every step and no other', () => {
    expect(Object.keys(read('test/rules/size-budget.json'))).to.have.members(
      Object.keys(read('dist/meta.json')),
    );
  });

  it('is kept by every step: bytes at its start, when it runs, and at most', () => {
    const budget = read('test/rules/size-budget.json');
    const over = Object.entries(read('dist/meta.json')).flatMap(([name, sizes]) =>
      (['start', 'run', 'all'] as const)
        .filter((kind) => sizes[kind] > (budget[name]?.[kind] ?? 0))
        .map((kind) => `${name} ${kind}: ${sizes[kind]} bytes, ${budget[name]?.[kind] ?? 0} are allowed`),
    );
    expect(over).to.deep.equal([]);
  });

  it('leaves canopy-flag below its goal of 300 KB when it runs', () => {
    expect(read('dist/meta.json')['steps/flag']?.run).to.be.at.most(300_000);
  });
});
