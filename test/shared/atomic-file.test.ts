import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeLeftovers, writeFirst, writeWhole } from '../../src/shared/files/atomic-file.ts';
import { tempFolder } from '../support/temp.ts';

describe('a file that is whole at every moment', () => {
  const base = tempFolder();
  let tests = 0;
  const folder = (): string => join(base(), String(tests));
  beforeEach(() => {
    tests += 1;
    mkdirSync(folder());
  });
  const files = (of = folder()): string[] => readdirSync(of).sort();

  it('is one of the texts when many write it at once, and nothing is left beside it', async () => {
    const file = join(folder(), 'state.json');
    const texts = Array.from({ length: 40 }, (_, at) => `${at}${'x'.repeat(50_000)}${at}`);
    let writing = true;
    const all = Promise.all(texts.map((text) => writeWhole(file, text))).finally(() => (writing = false));
    while (writing) {
      const seen = files().includes('state.json') ? readFileSync(file, 'utf8') : texts[0];
      expect(texts.includes(seen ?? ''), 'half a text').to.equal(true);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    expect(files()).to.deep.equal(['state.json']);
  });

  it('has the mode that was asked for, and so have the folders that it needed', async () => {
    const below = join(folder(), 'a', 'b');
    await writeWhole(join(below, 'key'), 'x', { mode: 0o600, folderMode: 0o700 });
    expect(statSync(join(below, 'key')).mode & 0o777).to.equal(0o600);
    expect(statSync(below).mode & 0o777).to.equal(0o700);
  });

  it('that is there already is left by whoever wants to be the first', async () => {
    const file = join(folder(), 'key');
    const first = await Promise.all(['a', 'b', 'c'].map((text) => writeFirst(file, text)));
    expect(first.filter(Boolean)).to.have.length(1);
    expect(readFileSync(file, 'utf8')).to.equal(['a', 'b', 'c'][first.indexOf(true)]);
    expect(files()).to.deep.equal(['key']);
  });

  it('that cannot be put in its place leaves nothing beside it', async () => {
    const file = join(folder(), 'folder');
    mkdirSync(file);
    const error = await writeWhole(file, 'x').catch((reason: NodeJS.ErrnoException) => reason.code);
    expect(error).to.be.oneOf(['EISDIR', 'EEXIST', 'ENOTEMPTY']);
    expect(files()).to.deep.equal(['folder']);
  });

  it('has its leftovers removed when they are old, and nothing else', async () => {
    const [old, young] = [`router.json.${'a'.repeat(12)}.tmp`, `router.json.${'b'.repeat(12)}.tmp`];
    const others = ['router.json', 'router.json.bad', 'notes.tmp'];
    for (const name of [old, young, ...others]) writeFileSync(join(folder(), name), 'x');
    for (const name of [old, ...others]) utimesSync(join(folder(), name), 1, 1);
    await removeLeftovers(folder());
    expect(files()).to.deep.equal([young, ...others].sort());
    await removeLeftovers(join(folder(), 'none'));
  });
});
