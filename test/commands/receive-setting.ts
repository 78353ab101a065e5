/** Two releases and a server folder, for the tests of `receive`. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Packed } from '../../src/ports/ports.ts';
import { pathOf } from '../support/ssh/shells.ts';
import { tempFolder } from '../support/temp.ts';
import { bring, packed, streamOf, type Answer, type Sent, type Stream } from '../support/worlds/upload.ts';

export const shells = ['dash', 'bash', 'busybox'] as const;

export const first = {
  'dist/app.js': 'one',
  'dist/lib/util.js': 'util '.repeat(1000),
  'bin/run': { run: '#!/bin/sh\n' },
  'current.js': { link: 'dist/app.js' },
  'old/data': 'data',
  empty: '',
};
const { 'old/data': _moved, ...stays } = first;
const second = { ...stays, 'dist/app.js': 'two', 'new/data': 'data' };

export interface ReceiveSetting {
  /** Parent of all that is made. */
  readonly folder: string;
  /** The PATH of the shell. */
  readonly shellPath: string;
  /** A new one for each test. */
  readonly path: string;
  readonly one: Packed;
  /** All of the first release; what the second lacks. */
  readonly whole: Stream;
  readonly delta: Stream;
  put(stream: Stream, to?: Partial<Sent>, input?: Buffer): Answer;
  /** The first as r1, then the second as r2 from it. */
  putBoth(to?: Partial<Sent>): Answer;
  at(...names: string[]): string;
  inode(...names: string[]): number;
  /** These releases are there, and nothing else. */
  isClean(...ids: string[]): void;
  isSecond(id: string): void;
}

/** Call it inside `describe`. */
export function receiveSetting(shell: (typeof shells)[number]): () => ReceiveSetting {
  const temp = tempFolder();
  let made: Pick<ReceiveSetting, 'shellPath' | 'one' | 'whole' | 'delta'>;
  let path = '';
  before(async () => {
    for (const name of ['one', 'two']) mkdirSync(join(temp(), name));
    const one = await packed(join(temp(), 'one'), first);
    const two = await packed(join(temp(), 'two'), second);
    made = {
      shellPath: pathOf(temp(), shell),
      one,
      whole: await streamOf(one),
      delta: await streamOf(two, one),
    };
  });
  beforeEach(() => {
    path = join(mkdtempSync(join(temp(), 'srv-')), "it's here");
  });
  const at = (...names: string[]): string => join(path, 'releases', ...names);
  const put: ReceiveSetting['put'] = (stream, to = {}, input) =>
    bring(stream, { path, id: 'r1', ...to }, { path: made.shellPath, ...(input ? { input } : {}) });
  return () => ({
    ...made,
    folder: temp(),
    path,
    put,
    putBoth: (to = {}) => {
      expect(put(made.whole)).to.deep.include({ code: 0, err: '' });
      return put(made.delta, { id: 'r2', base: 'r1', ...to });
    },
    at,
    inode: (...names) => lstatSync(at(...names)).ino,
    isClean: (...ids) => {
      expect(readdirSync(at()).sort()).to.deep.equal(ids);
      expect(readdirSync(join(path, '.canopy'))).to.deep.equal([]);
    },
    isSecond: (id) => {
      const found = readdirSync(at(id), { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory() && !entry.parentPath.endsWith('.canopy'))
        .map((entry) => join(entry.parentPath, entry.name).slice(at(id).length + 1));
      expect(found.sort()).to.deep.equal(Object.keys(second).sort());
      expect(readFileSync(at(id, 'dist/app.js'), 'utf8')).to.equal('two');
      expect(readFileSync(at(id, 'current.js'), 'utf8')).to.equal('two');
      expect(readFileSync(at(id, 'new/data'), 'utf8')).to.equal('data');
      expect(lstatSync(at(id, 'bin/run')).mode & 0o7777).to.equal(0o755);
      expect(lstatSync(at(id, 'dist/lib/util.js')).mode & 0o7777).to.equal(0o644);
      expect(readdirSync(at(id, '.canopy')).sort()).to.deep.equal(['env', 'files', 'release.json']);
    },
  });
}
