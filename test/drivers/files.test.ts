import { mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openFiles } from '../../src/drivers/files.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';

describe('drivers/files', () => {
  const parent = tempFolder();
  const fresh = (): string => mkdtempSync(join(parent(), 'files-'));

  it('lists links as what they are and follows none', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'a/real'), { recursive: true });
    writeFileSync(join(folder, 'a/real/file'), '');
    symlinkSync('real', join(folder, 'a/folder'));
    symlinkSync('nowhere', join(folder, 'a/hangs'));
    symlinkSync('..', join(folder, 'a/up'));
    expect(await openFiles(folder).glob(['a'], '.')).to.deep.equal([
      'a/folder',
      'a/hangs',
      'a/real/file',
      'a/up',
    ]);
    expect(await openFiles(folder).glob(['a/hangs'], '.')).to.deep.equal(['a/hangs']);
  });

  it('leaves out no name, not even one with a newline', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'a\nb'));
    for (const name of ['a\nb/c', 'd\n', 'e{f', "g'h", 'i*']) writeFileSync(join(folder, name), '');
    expect(await openFiles(folder).glob(['.'], '.')).to.deep.equal(['a\nb/c', 'd\n', 'e{f', "g'h", 'i*']);
  });

  it('leaves nothing behind when a write fails', async () => {
    const folder = fresh();
    mkdirSync(join(folder, 'taken'));
    expect((await thrown(openFiles(folder).write('taken', 'x'))).message).to.contain('cannot write taken');
    expect(readdirSync(folder)).to.deep.equal(['taken']);
  });

  it('never shows a half to a reader, whoever writes at the same time', async () => {
    const folder = fresh();
    const files = openFiles(folder);
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await files.write('x', texts[0] ?? '');
    const writing = Promise.all(texts.map((text) => files.write('x', text)));
    let over = false;
    void writing.then(() => (over = true));
    while (!over) expect(texts).to.include(await files.read('x'));
    await writing;
    expect(texts).to.include(readFileSync(join(folder, 'x'), 'utf8'));
    expect(readdirSync(folder)).to.deep.equal(['x']);
  });

  it('reads its own working folder, not that of the process', async () => {
    const folder = fresh();
    await openFiles(folder).write('here/x', '1');
    expect(readFileSync(join(folder, 'here/x'), 'utf8')).to.equal('1');
  });
});
