import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDiskCache } from '../../../src/step/start/disk-cache.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';

describe('what is kept from start to start', () => {
  const folder = tempFolder();
  const home = (): string => join(folder(), 'home');
  const own = (): string => join(home(), '.cache/canopy-compiled');
  const put = (name: string, text: string): void =>
    openDiskCache({ HOME: home() })?.write([[name, Buffer.from(text)]]);
  const got = (name: string): string | undefined => openDiskCache({ HOME: home() })?.read(name)?.toString();

  beforeEach(() => {
    rmSync(home(), { recursive: true, force: true });
    mkdirSync(home());
  });

  it('stands in a folder of its own, in files that only the user reads', () => {
    put('a', 'text');
    expect(got('a')).to.equal('text');
    expect(statSync(own()).mode & 0o777).to.equal(0o700);
    expect(statSync(join(own(), 'a')).mode & 0o777).to.equal(0o600);
    expect(got('b')).to.equal(undefined);
  });

  it('stands where CANOPY_CACHE or XDG_CACHE_HOME says', () => {
    const env = { HOME: home(), XDG_CACHE_HOME: join(folder(), 'xdg') };
    openDiskCache(env)?.write([['a', Buffer.from('x')]]);
    openDiskCache({ ...env, CANOPY_CACHE: join(folder(), 'ours') })?.write([['b', Buffer.from('y')]]);
    expect(readdirSync(join(folder(), 'xdg/canopy-compiled'))).to.deep.equal(['a']);
    expect(readdirSync(join(folder(), 'ours/compiled'))).to.deep.equal(['b']);
    expect(readdirSync(home())).to.deep.equal([]);
  });

  it('is not kept where others may write, nor behind a link', () => {
    put('a', 'text');
    for (const mode of [0o770, 0o702]) {
      chmodSync(own(), mode);
      expect(openDiskCache({ HOME: home() }), mode.toString(8)).to.equal(null);
    }
    rmSync(own(), { recursive: true });
    mkdirSync(join(home(), 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(home(), 'elsewhere'), own());
    expect(openDiskCache({ HOME: home() })).to.equal(null);
  });

  it('is not kept without a place, nor when it is turned off, and the start goes on', () => {
    expect(openDiskCache({})).to.equal(null);
    expect(openDiskCache({ HOME: '' })).to.equal(null);
    expect(openDiskCache({ XDG_CACHE_HOME: 'relative' })).to.equal(null);
    expect(openDiskCache({ HOME: home(), CANOPY_CACHE: 'relative' })).to.equal(null);
    expect(openDiskCache({ HOME: home(), NODE_DISABLE_COMPILE_CACHE: '1' })).to.equal(null);
    expect(readdirSync(home())).to.deep.equal([]);
    writeFileSync(join(home(), '.cache'), 'a file');
    expect(openDiskCache({ HOME: home() })).to.equal(null);
  });

  it('is believed only as it was written', () => {
    put('a', 'a longer text');
    const file = join(own(), 'a');
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at += 1) {
      const odd = Buffer.from(bytes);
      odd[at] = (odd[at] ?? 0) ^ 1;
      writeFileSync(file, odd);
      expect(got('a'), `byte ${at}`).to.equal(undefined);
    }
    for (let length = bytes.length - 1; length >= 0; length -= 1) {
      writeFileSync(file, bytes);
      truncateSync(file, length);
      expect(got('a'), `${length} bytes`).to.equal(undefined);
    }
    put('a', 'anew');
    expect(got('a')).to.equal('anew');
  });

  it('is bounded: the oldest go, and what a killed program left with them', () => {
    const kept = openDiskCache({ HOME: home() }, 3);
    for (const [at, name] of ['one', 'two', 'three.4711'].entries()) {
      kept?.write([[name, Buffer.from(name)]]);
      utimesSync(join(own(), name), 1000 + at, 1000 + at);
    }
    mkdirSync(join(own(), 'a-folder'));
    kept?.write([['four', Buffer.from('4')]]);
    expect(readdirSync(own()).sort()).to.deep.equal(['a-folder', 'four', 'three.4711', 'two']);
  });

  it('loses nothing but time when the folder is gone', () => {
    const kept = openDiskCache({ HOME: home() });
    rmSync(own(), { recursive: true });
    kept?.write([['a', Buffer.from('x')]]);
    expect(kept?.read('a')).to.equal(null);
  });

  describe('beside other users', () => {
    before(needs('root'));

    it('is not kept in a folder of another', () => {
      put('a', 'text');
      chownSync(own(), 65534, 65534);
      expect(openDiskCache({ HOME: home() })).to.equal(null);
    });
  });
});
