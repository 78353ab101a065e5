import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { receive } from '../../../src/commands/release/receive.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import type { Packed } from '../../../src/ports/ports.ts';
import { needs } from '../../support/needs.ts';
import { bring, packed, received, streamOf } from '../../support/worlds/upload.ts';
import { waitFor } from '../../support/wait-for.ts';
import { first, receiveSetting, shells, type ReceiveSetting } from '../receive-setting.ts';

for (const shell of shells) {
  describe(`receive: by ${shell}`, () => {
    before(needs(shell));
    const setting = receiveSetting(shell);
    let s: ReceiveSetting;
    beforeEach(() => {
      s = setting();
    });

    it('receives all of a release, and leaves nothing else behind', () => {
      expect(s.put(s.whole)).to.deep.equal({ code: 0, out: '', err: '' });
      expect(readFileSync(s.at('r1/dist/app.js'), 'utf8')).to.equal('one');
      expect(lstatSync(s.at('r1/.canopy/env')).mode & 0o777).to.equal(0o600);
      s.isClean('r1');
    });

    for (const [what, stream] of [
      ['of another release', () => ({ ...s.whole, tree: s.delta.tree })],
      ['with another list', () => ({ ...s.whole, tree: 'f'.repeat(64) })],
      ['that lacks a file', () => s.delta],
    ] as const) {
      it(`refuses a stream ${what}, and removes it`, () => {
        const ran = s.put(stream());
        expect(ran.code, ran.err).to.equal(65);
        expect(ran.err).to.contain('canopy: hash mismatch');
        s.isClean();
      });
    }

    for (const [what, bytes] of [
      ['is cut', () => s.whole.bytes.subarray(0, s.whole.bytes.length - 20)],
      ['ends behind the list', () => s.whole.bytes.subarray(0, 300)],
      ['is empty', () => Buffer.alloc(0)],
      ['is something else', () => Buffer.from('hello')],
    ] as const) {
      it(`refuses a stream that ${what}, and leaves nothing`, () => {
        const ran = s.put(s.whole, {}, bytes());
        expect(ran.code, ran.err).not.to.equal(0);
        s.isClean();
      });
    }

    it('believes no openssl that gives another hash', () => {
      const bin = join(s.folder, `liar-${shell}`);
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, 'openssl'), '#!/bin/sh\necho "0000 *x"\n', { mode: 0o755 });
      const ran = bring(s.whole, { path: s.path, id: 'r1' }, { path: `${bin}:${s.shellPath}` });
      expect(ran).to.deep.equal({ code: 0, out: '', err: '' });
    });

    it('brings a file that is called like the standard input', async () => {
      const odd = await packed(mkdtempSync(join(s.folder, 'odd-')), { '-': 'minus' });
      expect(s.put(await streamOf(odd))).to.deep.equal({ code: 0, out: '', err: '' });
      expect(readFileSync(s.at('r1/-'), 'utf8')).to.equal('minus');
    });

    it('refuses a file whose bytes are other ones', () => {
      const other = Object.fromEntries(
        Object.entries(s.one.files).map(([name, file]) => [
          name,
          name === 'empty' ? { ...file, sha256: 'e'.repeat(64) } : file,
        ]),
      );
      return streamOf({ ...s.one, files: other }).then((stream) => {
        const ran = s.put(stream);
        expect([ran.code, ran.err]).to.deep.equal([65, 'canopy: hash mismatch: empty\n']);
        s.isClean();
      });
    });

    it('begins anew where an earlier attempt was killed', () => {
      s.put(s.whole);
      mkdirSync(s.at('.r2.partial/dist/app.js/dir'), { recursive: true });
      expect(s.put(s.delta, { id: 'r2', base: 'r1' }).code).to.equal(0);
      s.isSecond('r2');
      s.isClean('r1', 'r2');
    });

    it('leaves nothing when the sender goes away in the middle', async () => {
      const text = toShell(receive(received(s.whole, { path: s.path, id: 'r1' })));
      const child = spawn('sh', ['-c', text], {
        env: { PATH: s.shellPath },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const ended = new Promise<number | null>((done) => child.once('exit', done));
      child.stdin.write(s.whole.bytes.subarray(0, s.whole.bytes.length >> 1));
      await waitFor('the folder to be there', () => existsSync(s.at('.r1.partial')));
      child.stdin.destroy();
      expect(await ended).not.to.equal(0);
      s.isClean();
    });

    it('says so when the disk is full, and leaves nothing', async function () {
      if (process.getuid?.() !== 0) return this.skip();
      mkdirSync(s.path, { recursive: true });
      // Not everywhere may root mount.
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', s.path]).status !== 0)
        return this.skip();
      try {
        const folder = join(s.folder, 'big');
        mkdirSync(folder);
        const big = await packed(folder, { ...first, big: 'x'.repeat(150_000) });
        const more = await packed(join(s.folder, 'big'), { more: 'y' });
        const grown = { ...more, files: { ...big.files, ...more.files } };
        expect(s.put(await streamOf(big)).code).to.equal(0);
        const ran = s.put(await streamOf(grown, big), { id: 'r2', base: 'r1' });
        expect(ran.code).not.to.equal(0);
        expect(ran.err).to.match(/no space left/i);
        s.isClean('r1');
      } finally {
        spawnSync('umount', [s.path]);
      }
    });

    it('links shared files and folders, and neither sends nor takes what they replace', async () => {
      const shared = ['config/app.env', 'uploads/', 'dist/cache/'];
      mkdirSync(join(s.path, 'shared/config'), { recursive: true });
      writeFileSync(join(s.path, 'shared/config/app.env'), 'secret');
      const of = (b: string): Promise<Packed> =>
        packed(mkdtempSync(join(s.folder, 'tree-')), {
          'uploads/keep': 'k',
          'config/app.env': 'mine',
          a: 'a',
          b,
        });
      const x = await of('b');
      const y = await of('B');
      expect(s.put(await streamOf(x, null, shared), { shared })).to.deep.include({ code: 0, err: '' });
      writeFileSync(s.at('r1/uploads/a'), 'kept');
      const stream = await streamOf(y, x, shared);
      expect(stream.delta).to.deep.include({ send: ['b'], take: ['a'] });
      expect(s.put(stream, { id: 'r2', base: 'r1', shared })).to.deep.include({ code: 0, err: '' });
      expect(readFileSync(s.at('r2/config/app.env'), 'utf8')).to.equal('secret');
      expect(lstatSync(s.at('r2/uploads')).isSymbolicLink()).to.equal(true);
      expect(readdirSync(s.at('r2/uploads'))).to.deep.equal(['a']);
      expect(readFileSync(join(s.path, 'shared/uploads/a'), 'utf8')).to.equal('kept');
    });

    it('fails when a shared file is missing, and puts no release in place', () => {
      const ran = s.put(s.whole, { shared: ['.env'] });
      expect(ran.code).to.equal(1);
      expect(ran.err).to.contain('no such file');
      s.isClean();
    });
  });
}
