import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { keepCompiled } from '../../src/step/compile-cache.ts';
import { tempFolder } from '../support/temp.ts';

describe('the compiled form that Node keeps', () => {
  const folder = tempFolder();
  const given = (env: Record<string, string>): string[] => {
    const folders: string[] = [];
    keepCompiled(env, (path) => folders.push(path));
    return folders;
  };
  const own = (): string => join(folder(), '.cache/canopy-compiled');

  beforeEach(() => rmSync(join(folder(), '.cache'), { recursive: true, force: true }));

  it('stands in a folder of its own that only the user reads', () => {
    expect(given({ HOME: folder() })).to.deep.equal([own()]);
    expect(statSync(own()).mode & 0o777).to.equal(0o700);
    expect(given({ HOME: '/nowhere', XDG_CACHE_HOME: folder() })).to.deep.equal([
      join(folder(), 'canopy-compiled'),
    ]);
  });

  it('is not kept where others may write, nor behind a link', () => {
    given({ HOME: folder() });
    for (const mode of [0o770, 0o702]) {
      chmodSync(own(), mode);
      expect(given({ HOME: folder() }), mode.toString(8)).to.deep.equal([]);
    }
    rmSync(own(), { recursive: true });
    mkdirSync(join(folder(), 'elsewhere'), { mode: 0o700, recursive: true });
    symlinkSync(join(folder(), 'elsewhere'), own());
    expect(given({ HOME: folder() })).to.deep.equal([]);
  });

  it('is not kept without a place, and the start goes on', () => {
    expect(given({})).to.deep.equal([]);
    expect(given({ HOME: '' })).to.deep.equal([]);
    expect(given({ XDG_CACHE_HOME: 'relative' })).to.deep.equal([]);
    writeFileSync(join(folder(), '.cache'), 'a file');
    expect(given({ HOME: folder() })).to.deep.equal([]);
    keepCompiled({ HOME: folder() }, null);
  });
});
