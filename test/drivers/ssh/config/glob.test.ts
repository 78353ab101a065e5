import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { glob } from '../../../../src/drivers/ssh/config/words/glob.ts';

describe('patterns of Include', () => {
  let folder: string;
  // The folder's own brackets are no pattern.
  const found = (pattern: string): string[] =>
    glob(pattern, folder).map((path) => path.slice(folder.length + 1));

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'canopy glob [1]-'));
    for (const name of [
      'd/b.conf',
      'd/a.conf',
      'd/c.txt',
      'd/.hidden.conf',
      'd/a+b',
      'e/f/x',
      'e/g/x',
      'e/g/y',
    ]) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), '');
    }
    mkdirSync(join(folder, 'd/folder.conf'));
    symlinkSync(join(folder, 'd/a.conf'), join(folder, 'd/link.conf'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'd/broken.conf'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('finds files in order, links to files too, and neither folders nor links to nothing', () => {
    expect(found('d/*.conf')).to.deep.equal(['d/a.conf', 'd/b.conf', 'd/link.conf']);
  });

  it('finds hidden names only by their dot', () => {
    expect(found('d/.*')).to.deep.equal(['d/.hidden.conf']);
  });

  it('knows one character, sets and their opposite', () => {
    expect(found('d/?.conf')).to.deep.equal(['d/a.conf', 'd/b.conf']);
    expect(found('d/[a-b].*')).to.deep.equal(['d/a.conf', 'd/b.conf']);
    expect(found('d/[!a].*')).to.deep.equal(['d/b.conf', 'd/c.txt']);
  });

  it('takes signs of regular expressions for themselves', () => {
    expect(found('d/a+*')).to.deep.equal(['d/a+b']);
    expect(found('d/a.*')).to.deep.equal(['d/a.conf']);
    expect(found('d/(*')).to.deep.equal([]);
    expect(found('d/[*')).to.deep.equal([]);
  });

  it('looks into every folder that fits', () => {
    expect(found('e/*/x')).to.deep.equal(['e/f/x', 'e/g/x']);
    expect(found('*/g/*')).to.deep.equal(['e/g/x', 'e/g/y']);
  });

  it('finds nothing where nothing is', () => {
    expect(found('missing/*')).to.deep.equal([]);
    expect(found('d/a.conf/*')).to.deep.equal([]);
    expect(found('d/[z-a]*')).to.deep.equal([]);
    expect(glob('/nowhere/*')).to.deep.equal([]);
  });
});
