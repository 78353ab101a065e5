import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, type Command } from '../../../src/commands/core/command.ts';
import { fenced } from '../../../src/commands/core/fence.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { readFacts } from '../../../src/commands/release/facts.ts';
import { clearLeftovers, tryClearLeftovers } from '../../../src/commands/release/leftovers.ts';
import { receive } from '../../../src/commands/release/receive.ts';
import { tidy } from '../../../src/commands/release/release-folder.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { needs } from '../../support/needs.ts';
import { tempFolder } from '../../support/temp.ts';
import { packed, received, streamOf } from '../../support/worlds/upload.ts';
import { waitFor } from '../../support/wait-for.ts';

for (const shell of ['dash', 'bash', 'busybox sh'])
  describe(`what a broken deploy has left on a server (${shell})`, function () {
    this.timeout(60_000);
    const temp = tempFolder();
    let path = '';
    let number = 0;
    before(needs(shell.split(' ')[0] ?? ''));
    beforeEach(() => {
      path = join(temp(), `it's srv ${(number += 1)}`, 'shop');
      for (const name of ['releases/r1/.canopy', 'shared', '.canopy'])
        mkdirSync(join(path, name), { recursive: true });
      writeFileSync(join(path, 'releases/r1/.canopy/release.json'), '{}');
    });
    const run = (command: Command) => {
      const [program = '', ...words] = [...shell.split(' '), '-c', toShell(command)];
      const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      return { code: status, out: stdout, err: stderr };
    };
    const leave = (): void => {
      for (const name of ['.r2.partial/deep', '.r3.old.partial'])
        mkdirSync(join(path, 'releases', name), { recursive: true });
      writeFileSync(join(path, 'releases/.r2.partial/deep/half'), 'half');
      for (const name of ['incoming-r2.tgz', 'once-r2.partial'])
        writeFileSync(join(path, '.canopy', name), 'half');
    };
    const there = (folder: string): string[] => readdirSync(join(path, folder)).sort();

    it('goes, and each is named; releases, marks and what has no name of ours stay', () => {
      leave();
      for (const name of ['.of mine.partial', '.keep', 'r4.partial']) mkdirSync(join(path, 'releases', name));
      writeFileSync(join(path, '.canopy/once-r1'), 'd1');
      const ran = run(clearLeftovers(path));
      expect([ran.code, ran.err]).to.deep.equal([0, '']);
      expect(ran.out.trim().split('\n')).to.have.members(
        [
          'releases/.r2.partial',
          'releases/.r3.old.partial',
          '.canopy/incoming-r2.tgz',
          '.canopy/once-r2.partial',
        ].map((name) => `canopy: deleted ${path}/${name}, left by a deploy that ended in the middle`),
      );
      expect(there('releases')).to.deep.equal(['.keep', '.of mine.partial', 'r1', 'r4.partial']);
      expect(there('.canopy')).to.deep.equal(['once-r1']);
      expect(run(clearLeftovers(path))).to.deep.equal({ code: 0, out: '', err: '' });
    });

    it('that cannot be deleted fails nothing, and is said at the end', function () {
      if (process.getuid?.() !== 0) return this.skip();
      leave();
      // Of a folder on which another file system is mounted nothing can be deleted.
      const held = join(path, 'releases/.r2.partial');
      if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', held]).status !== 0) return this.skip();
      try {
        const ran = run(tidy(clearLeftovers(path)));
        expect([ran.code, existsSync(join(path, 'releases/.r3.old.partial'))]).to.deep.equal([0, false]);
        expect(ran.err).to.match(/busy[^\n]*\ncanopy: not all of the old releases could be deleted\n$/);
        expect(run(tryClearLeftovers(path)).code).to.equal(0);
      } finally {
        spawnSync('umount', [held]);
      }
    });

    it('is never an upload that goes on: both are below the fence of the path', async () => {
      mkdirSync(join(temp(), `app ${number}`));
      const stream = await streamOf(await packed(join(temp(), `app ${number}`), { 'app.js': 'app' }));
      const below = (command: Command): string => toShell(fenced(path, 1, command, { waitSeconds: 30 }));
      const [program = '', ...words] = shell.split(' ');
      const upload = spawn(program, [...words, '-c', below(receive(received(stream, { path, id: 'r2' })))], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      const ended = new Promise<number | null>((done) => upload.once('exit', done));
      upload.stdin.write(stream.bytes.subarray(0, 40));
      await waitFor('the upload to begin', () => existsSync(join(path, 'releases/.r2.partial')));
      const clearing = spawn(program, [...words, '-c', below(clearLeftovers(path))], { stdio: 'ignore' });
      const cleared = new Promise<number | null>((done) => clearing.once('exit', done));
      upload.stdin.end(stream.bytes.subarray(40));
      expect(await Promise.all([ended, cleared])).to.deep.equal([0, 0]);
      expect(there('releases')).to.deep.equal(['r1', 'r2']);
    });

    it('is counted as free: it goes before the upload comes, but for what a release shares', () => {
      const free = (): number => {
        const ran = run(readFacts({ path, shared: [], status: argv('true'), bare: argv('false') }));
        return parseFacts(ran.out)?.freeKb ?? 0;
      };
      const onDisk = (): number => {
        const { bavail, bsize } = statfsSync(path);
        return (bavail * bsize) / 1024;
      };
      mkdirSync(join(path, 'releases/.r2.partial'));
      writeFileSync(join(path, 'releases/.r2.partial/big'), Buffer.alloc(400_000_000, 1));
      // Others use the disk as well.
      expect(free() - onDisk()).to.be.within(200_000, 600_000);
      linkSync(join(path, 'releases/.r2.partial/big'), join(path, 'releases/r1/big'));
      expect(Math.abs(free() - onDisk())).to.be.lessThan(200_000);
    });
  });
