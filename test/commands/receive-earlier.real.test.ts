import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { bring } from '../support/worlds/upload.ts';
import { first, receiveSetting, shells, type ReceiveSetting } from './receive-setting.ts';

for (const shell of shells) {
  describe(`receive from an earlier release: by ${shell}`, () => {
    before(needs(shell));
    const setting = receiveSetting(shell);
    let s: ReceiveSetting;
    beforeEach(() => {
      s = setting();
    });

    it('copies what it holds in an earlier release, also from another place', () => {
      expect(s.putBoth()).to.deep.equal({ code: 0, out: 'canopy: copied\n', err: '' });
      s.isSecond('r2');
      s.isClean('r1', 'r2');
      for (const name of ['dist/lib/util.js', 'bin/run', 'empty'])
        expect(s.inode('r2', name)).not.to.equal(s.inode('r1', name));
      if (shell !== 'busybox')
        expect(lstatSync(s.at('r2/bin/run')).mtimeMs).to.equal(lstatSync(s.at('r1/bin/run')).mtimeMs);
    });

    it('links it when that is allowed', () => {
      expect(s.putBoth({ link: true })).to.deep.equal({ code: 0, out: 'canopy: linked\n', err: '' });
      s.isSecond('r2');
      for (const name of ['dist/lib/util.js', 'bin/run', 'empty'])
        expect(s.inode('r2', name)).to.equal(s.inode('r1', name));
      expect(s.inode('r2', 'new/data')).to.equal(s.inode('r1', 'old/data'));
    });

    it('copies all the same when others may write a file of the earlier release', () => {
      s.put(s.whole);
      chmodSync(s.at('r1/dist/lib/util.js'), 0o664);
      const ran = s.put(s.delta, { id: 'r2', base: 'r1', link: true });
      expect(ran).to.deep.equal({ code: 0, out: 'canopy: copied\n', err: '' });
      s.isSecond('r2');
    });

    it('keeps an earlier release as it is when an application writes into a later one', () => {
      expect(s.putBoth().code).to.equal(0);
      for (const name of ['dist/lib/util.js', 'new/data', 'empty'])
        appendFileSync(s.at('r2', name), 'written');
      expect(readFileSync(s.at('r1/dist/lib/util.js'), 'utf8')).to.equal(first['dist/lib/util.js']);
      expect(readFileSync(s.at('r1/old/data'), 'utf8')).to.equal('data');
      expect(readFileSync(s.at('r1/empty'), 'utf8')).to.equal('');
    });

    it('never takes over a setuid bit', () => {
      s.put(s.whole);
      chmodSync(s.at('r1/bin/run'), 0o4755);
      const ran = s.put(s.delta, { id: 'r2', base: 'r1', link: true });
      // The cp of busybox keeps it, and it is found.
      if (shell === 'busybox') expect(ran.err).to.contain('hash mismatch: bin/run');
      else s.isSecond('r2');
    });

    for (const [what, spoil, named] of [
      ['was changed in place', () => appendFileSync(s.at('r1/dist/lib/util.js'), 'x'), 'dist/lib/util.js'],
      ['was cut', () => writeFileSync(s.at('r1/bin/run'), ''), 'bin/run'],
      ['is gone', () => rmSync(s.at('r1/bin/run')), 'r1 does not hold'],
      ['moved, and was changed', () => writeFileSync(s.at('r1/old/data'), 'evil'), 'new/data'],
      [
        'is a symlink now',
        () => {
          writeFileSync(join(s.path, 'elsewhere'), '#!/bin/sh\n');
          chmodSync(join(s.path, 'elsewhere'), 0o755);
          rmSync(s.at('r1/bin/run'));
          symlinkSync(join(s.path, 'elsewhere'), s.at('r1/bin/run'));
        },
        'bin/run',
      ],
      ['lies in a release that is gone', () => rmSync(s.at('r1'), { recursive: true }), 'r1 does not hold'],
    ] as const) {
      for (const link of [false, true]) {
        it(`takes no file that ${what} (${link ? 'linked' : 'copied'}), and names it`, () => {
          expect(s.put(s.whole).code).to.equal(0);
          spoil();
          const ran = s.put(s.delta, { id: 'r2', base: 'r1', link });
          expect(ran.code, ran.err).to.equal(65);
          expect(ran.err.trim().split('\n').at(-1)).to.contain('canopy: hash mismatch').and.to.contain(named);
          expect(existsSync(s.at('r2'))).to.equal(false);
          expect(readdirSync(s.at()).filter((name) => name.startsWith('.'))).to.deep.equal([]);
        });
      }
    }

    describe('as another user than the one who owns the files', () => {
      before(needs('root'));

      it('copies, and its files are its own', () => {
        mkdirSync(s.path, { recursive: true });
        s.put(s.whole);
        for (const name of ['', 'releases', 'shared', '.canopy']) chownSync(join(s.path, name), 65534, 65534);
        for (const up of [s.folder, join(s.path, '..')]) chmodSync(up, 0o755);
        const ran = bring(
          s.delta,
          { path: s.path, id: 'r2', base: 'r1', link: true },
          { path: s.shellPath, uid: 65534 },
        );
        expect(ran).to.deep.equal({ code: 0, out: 'canopy: copied\n', err: '' });
        s.isSecond('r2');
        for (const name of ['dist/lib/util.js', 'new/data', '.canopy/files'])
          expect(lstatSync(s.at('r2', name)).uid).to.equal(65534);
      });

      it('leaves a linked file to its owner: the application cannot write it', () => {
        s.putBoth({ link: true });
        for (const folder of [s.folder, join(s.path, '..'), s.path, s.at()]) chmodSync(folder, 0o755);
        const ran = spawnSync('sh', ['-c', 'echo evil >> "$1"', 'sh', s.at('r2/dist/lib/util.js')], {
          uid: 65534,
          gid: 65534,
          encoding: 'utf8',
        });
        expect(ran.stderr).to.match(/permission denied/i);
        expect(readFileSync(s.at('r1/dist/lib/util.js'), 'utf8')).to.equal(first['dist/lib/util.js']);
      });

      it('takes nothing over that belongs to the application, as root', () => {
        s.put(s.whole);
        chownSync(s.at('r1/bin/run'), 65534, 65534);
        const ran = s.put(s.delta, { id: 'r2', base: 'r1', link: true });
        expect(ran).to.deep.equal({ code: 0, out: 'canopy: copied\n', err: '' });
        expect(lstatSync(s.at('r2/bin/run')).uid).to.equal(0);
      });
    });
  });
}
