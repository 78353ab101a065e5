import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** `npm test` must not say that all is well when it is not. */
describe('how npm test counts', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  let runMocha: (specs: string[], options: object) => Promise<Counts>;

  before(async () => {
    const file: string = resolve('scripts/support/mocha.mjs');
    ({ runMocha } = (await import(file)) as never);
  });

  function count(name: string, text: string, file = 'a.test.ts'): Promise<Counts> {
    const place = join(folder(), name);
    mkdirSync(place, { recursive: true });
    if (text !== '') writeFileSync(join(place, file), text);
    return runMocha([place], { lingerMs: 500, stdio: 'ignore' });
  }

  it('counts what passed, failed and was skipped', async () => {
    const text = `it('a', () => {}); it('b', () => {}); it('c', () => { throw new Error('no'); }); it.skip('d', () => {});`;
    expect(await count('mixed', text)).to.deep.equal({ passed: 2, failed: 1, skipped: 1 });
  });

  it('counts a suite whose preparation fails', async () => {
    const text = `it('a', () => {}); describe('s', () => { before(() => { throw new Error('no'); }); it('b', () => {}); });`;
    expect(await count('hook', text)).to.deep.equal({ passed: 1, failed: 1, skipped: 0 });
  });

  const broken: Record<string, string> = {
    'a file that cannot be read': `import './nothing.ts';`,
    'a test that ends the whole process': `it('a', () => process.exit(0));`,
    'an empty folder': '',
  };
  for (const [title, text] of Object.entries(broken)) {
    it(`counts as failed: ${title}`, async () => {
      expect((await count(title.replaceAll(' ', '-'), text)).failed).to.equal(1);
    });
  }

  it('counts as failed, and ends, what a test left running', async () => {
    const counts = await count('left', `it('a', () => void setInterval(() => {}, 1000));`);
    expect(counts).to.deep.equal({ passed: 1, failed: 1, skipped: 0 });
  });
});
