import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  failures: { file: string; title: string; message: string }[];
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

  const figures = ({ passed, failed, skipped }: Counts): number[] => [passed, failed, skipped];

  function count(name: string, text: string, lingerMs = 20_000): Promise<Counts> {
    const place = join(folder(), name);
    mkdirSync(place, { recursive: true });
    if (text !== '') writeFileSync(join(place, 'a.test.ts'), text);
    return runMocha([place], { lingerMs, stdio: 'ignore' });
  }

  it('counts what passed, failed and was skipped', async () => {
    const text = `it('a', () => {}); it('b', () => {}); it('c', () => { throw new Error('no'); }); it.skip('d', () => {});`;
    expect(figures(await count('mixed', text))).to.deep.equal([2, 1, 1]);
  });

  it('counts a suite whose preparation fails', async () => {
    const text = `it('a', () => {}); describe('s', () => { before(() => { throw new Error('no'); }); it('b', () => {}); });`;
    expect(figures(await count('hook', text))).to.deep.equal([1, 1, 0]);
  });

  it('tells of each failure its file, its title and why', async () => {
    const text = `describe('s', () => { before(() => { throw new Error('no'); }); it('b', () => {}); });
      describe('t', () => it('c', () => { throw new Error('neither'); }));`;
    const { failures } = await count('told', text);
    const file = relative('.', join(folder(), 'told/a.test.ts'));
    expect(failures).to.deep.equal([
      { file, title: 's › "before all" hook for "b"', message: 'no' },
      { file, title: 't › c', message: 'neither' },
    ]);
  });

  const broken: Record<string, string> = {
    'a file that cannot be read': `import './nothing.ts';`,
    'a test that ends the whole process': `it('a', () => process.exit(0));`,
    'an empty folder': '',
  };
  for (const [title, text] of Object.entries(broken)) {
    it(`counts as failed: ${title}`, async () => {
      const { failed, failures } = await count(title.replaceAll(' ', '-'), text);
      expect([failed, failures.length]).to.deep.equal([1, 1]);
    });
  }

  it('counts as failed, and ends, what a test left running', async () => {
    const counts = await count('left', `it('a', () => void setInterval(() => {}, 1000));`, 500);
    expect(figures(counts)).to.deep.equal([1, 1, 0]);
    expect(counts.failures[0]?.message).to.match(/left something running/);
  });
});
