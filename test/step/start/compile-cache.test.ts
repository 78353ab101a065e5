import { Script } from 'node:vm';
import { expect } from 'chai';
import { compiledCode } from '../../../src/step/start/compile-cache.ts';
import type { DiskCache } from '../../../src/step/start/disk-cache.ts';

/** A run that loads these sources; gives what was found for each. */
function runOf(kept: DiskCache, sources: Readonly<Record<string, string>>): (Buffer | undefined)[] {
  const ends: (() => void)[] = [];
  const compiled = compiledCode(kept, (work) => ends.push(work));
  const found = Object.entries(sources).map(([name, text]) => {
    const source = Buffer.from(text);
    const cachedData = compiled.find(name, source);
    const script = new Script(text, cachedData ? { cachedData } : {});
    script.runInThisContext();
    compiled.loaded(name, source, script);
    return cachedData;
  });
  for (const end of ends) end();
  return found;
}

describe('compiled code', () => {
  let files: Map<string, Buffer>;
  let writes = 0;
  const kept: DiskCache = {
    nameOf: () => '',
    read: (name) => files.get(name) ?? null,
    write: (entries) => {
      writes += 1;
      for (const [name, content] of entries) files.set(name, content);
    },
  };
  beforeEach(() => {
    files = new Map();
    writes = 0;
  });

  it('is found by the run after, which writes nothing', () => {
    expect(runOf(kept, { 'a.js': '(1)', 'b.js': '(2)' })).to.deep.equal([undefined, undefined]);
    expect(writes).to.equal(1);
    expect([...files.keys()]).to.deep.equal(
      ['a.js', 'b.js'].map((name) => `${process.version}-${process.arch}-${name}`),
    );
    const again = runOf(kept, { 'a.js': '(1)', 'b.js': '(2)' });
    expect(again.map((data) => (data?.length ?? 0) > 0)).to.deep.equal([true, true]);
    expect(writes).to.equal(1);
  });

  it('is not that of another text, be it of the same length', () => {
    runOf(kept, { 'a.js': '(11)' });
    for (const text of ['(12)', '(111)', '(1)', '']) {
      expect(runOf(kept, { 'a.js': text }), text).to.deep.equal([undefined]);
      runOf(kept, { 'a.js': '(11)' });
    }
  });

  it('is written anew, of all that was loaded, when one file was new', () => {
    runOf(kept, { 'a.js': '(3)' });
    const before = files.size;
    files.set(`${process.version}-${process.arch}-a.js`, Buffer.alloc(2));
    expect(runOf(kept, { 'a.js': '(3)' })).to.deep.equal([undefined]);
    runOf(kept, { 'a.js': '(3)', 'b.js': '(4)' });
    expect([before, files.size, writes]).to.deep.equal([1, 2, 3]);
  });
});
