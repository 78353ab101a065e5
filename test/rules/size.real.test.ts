import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startRedis } from '../support/services/redis.ts';
import { tempFolder } from '../support/temp.ts';
import { runStep } from '../steps/run.ts';

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
    expect(read('dist/meta.json')['steps/flag']?.run).to.be.below(300_000);
  });

  const folder = tempFolder();
  it('counts for canopy-flag whatever a run with a whole canopy.yml has loaded', async () => {
    const redis = await startRedis();
    const list = join(folder(), 'loaded.json');
    const flag = (...words: string[]) =>
      runStep('flag', [...words, '--config', join(root, 'resources/defaults.yml')], {
        CANOPY_STORE: redis.url,
        // Else the text of canopy.yml that an earlier run has parsed is taken, and the parser is not loaded.
        NODE_DISABLE_COMPILE_CACHE: '1',
        LOADED_FILES: list,
        NODE_OPTIONS: `--import=${join(root, 'test/support/loaded-files.mjs')}`,
      });
    try {
      for (const words of [
        ['set', 'checkout', 'on'],
        ['get', 'checkout'],
      ]) {
        const { code, err } = await flag(...words);
        expect(code, err).to.equal(0);
        const loaded = JSON.parse(readFileSync(list, 'utf8')) as [file: string, bytes: number][];
        const total = loaded.reduce((sum, [, bytes]) => sum + bytes, 0);
        expect(loaded.length).to.be.greaterThan(40);
        expect(total).to.be.greaterThan(200_000);
        expect(total).to.be.at.most(read('dist/meta.json')['steps/flag']?.run ?? 0);
      }
    } finally {
      await redis.stop();
    }
  }).timeout(60_000);
});
