import { expect } from 'chai';
import type { Files } from '../../src/ports/ports.ts';
import { thrown } from '../support/thrown.ts';

/** What every Files port does; `make` gives a fresh one whose working folder is empty. */
export function filesContract(make: () => Promise<Files>): void {
  let files: Files;
  beforeEach(async () => {
    files = await make();
  });

  it('reads what was written, whole', async () => {
    await files.write('a/b/c.txt', 'one\n');
    await files.write('a/b/c.txt', 'twö');
    expect(await files.read('a/b/c.txt')).to.equal('twö');
    expect(await files.glob(['.'], '.')).to.deep.equal(['a/b/c.txt']);
  });

  it('names what cannot be read', async () => {
    const error = await thrown(files.read('no/such'));
    expect(error.code).to.equal('file-failed');
    expect(error.message).to.equal('cannot read no/such: there is no such file or folder');
    await files.write('folder/file', '');
    expect((await thrown(files.read('folder'))).message).to.equal('cannot read folder: it is a folder');
    expect((await thrown(files.write('folder', 'x'))).code).to.equal('file-failed');
  });

  it('says beforehand what cannot be written, and leaves nothing behind', async () => {
    await files.write('folder/file', 'as it was');
    await files.prove('folder/file');
    await files.prove('folder/other');
    await files.prove('new/folders/file');
    const error = await thrown(files.prove('folder'));
    expect([error.code, error.exit]).to.deep.equal(['output-file', 2]);
    expect(error.message).to.equal('cannot write folder: it is a folder');
    expect(await files.glob(['.'], '.')).to.deep.equal(['folder/file']);
    expect(await files.read('folder/file')).to.equal('as it was');
  });

  it('knows what exists', async () => {
    await files.write('folder/file', '');
    expect(await files.exists('folder/file')).to.be.true;
    expect(await files.exists('folder')).to.be.true;
    expect(await files.exists('folder/file/below')).to.be.false;
    expect(await files.exists('none')).to.be.false;
  });

  it('removes files and folders, and what is not there', async () => {
    await files.write('a/one', '');
    await files.write('a/two/three', '');
    await files.remove('a/two');
    expect(await files.glob(['a'], '.')).to.deep.equal(['a/one']);
    await files.remove('a');
    await files.remove('a');
    expect(await files.exists('a/one')).to.be.false;
  });

  it('lists by pattern, sorted by code, folders for all below them, dot files too', async () => {
    for (const name of ['b/x.js', 'b/.hid/y.js', 'a.txt', 'B/z.js', 'b.txt', 'bb/n.js'])
      await files.write(name, '');
    expect(await files.glob(['b'], '.')).to.deep.equal(['b/.hid/y.js', 'b/x.js']);
    expect(await files.glob(['./b/'], '.')).to.deep.equal(['b/.hid/y.js', 'b/x.js']);
    expect(await files.glob(['**/*.js'], '.')).to.deep.equal(['B/z.js', 'b/.hid/y.js', 'b/x.js', 'bb/n.js']);
    expect(await files.glob(['*.txt', 'b', '!b/.hid'], '.')).to.deep.equal(['a.txt', 'b.txt', 'b/x.js']);
    expect(await files.glob(['*.js'], 'b')).to.deep.equal(['x.js']);
    expect(await files.glob(['{a,b}.txt', 'a.txt'], '.')).to.deep.equal(['a.txt', 'b.txt']);
    expect(await files.glob(['none', 'none/**'], '.')).to.deep.equal([]);
  });

  it('takes a name with brackets for what it says', async () => {
    await files.write('app/[id]/page.js', '');
    await files.write('app/i/page.js', '');
    expect(await files.glob(['app/[id]'], '.')).to.deep.equal(['app/[id]/page.js']);
  });
}
