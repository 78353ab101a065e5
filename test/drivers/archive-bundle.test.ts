import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openArchive } from '../../src/drivers/archive/archive.ts';
import type { Bundle, BundleOrder, Packed } from '../../src/ports/ports.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packed } from '../support/worlds/upload.ts';

describe('drivers/archive: bundle', () => {
  const temp = tempFolder();
  let from: Packed;
  const long = `${'folder/'.repeat(30)}ü.txt`;
  before(async () => {
    mkdirSync(join(temp(), 'from'));
    from = await packed(join(temp(), 'from'), {
      a: 'one',
      b: { run: 'two' },
      empty: '',
      link: { link: 'a' },
      [long]: 'long',
      large: 'x'.repeat(3_000_000),
    });
  });
  const of = async (over: Partial<BundleOrder> = {}, seen = false): Promise<Bundle> => {
    const archive = openArchive();
    const order = { archive: from.file, members: null, compress: true, front: {}, ...over };
    if (seen) await archive.inspect(order.archive, 2 ** 40, () => undefined);
    return archive.bundle(order);
  };
  const tmp = process.env['TMPDIR'];
  before(() => {
    process.env['TMPDIR'] = join(temp(), 'tmp');
    mkdirSync(join(temp(), 'tmp'));
  });
  after(() => {
    if (tmp === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = tmp;
  });
  /** What tar makes of it. */
  const unpacked = ({ front, file }: Bundle): string => {
    const into = mkdtempSync(join(temp(), 'into-'));
    const input = Buffer.concat([front, readFileSync(file)]);
    const { status, stderr } = spawnSync('tar', ['-xzof', '-', '-C', into], { input });
    expect([status, stderr.toString()]).to.deep.equal([0, '']);
    return into;
  };
  const made = (): string[] => readdirSync(join(temp(), 'tmp'));

  it('names the folder for temporary files when nothing can be written there', async () => {
    const good = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(temp(), 'no such folder');
    try {
      const error = await thrown(of({ members: new Set(['a']) }));
      expect(error.code).to.equal('file-failed');
      expect(error.message).to.contain(`cannot pack into ${join(temp(), 'no such folder')}`);
    } finally {
      process.env['TMPDIR'] = good;
    }
  });

  it('puts files in front of the archive as it is', async () => {
    const bundle = await of({ front: { '.canopy/files': 'list\n', '.canopy/none': '' } });
    expect(bundle.file).to.equal(from.file);
    expect(bundle.size).to.equal(bundle.front.length + from.size);
    const into = unpacked(bundle);
    expect(readdirSync(into).sort()).to.deep.equal(['.canopy', 'a', 'b', 'empty', 'folder', 'large', 'link']);
    expect(readFileSync(join(into, '.canopy/files'), 'utf8')).to.equal('list\n');
    await bundle.discard();
    expect(existsSync(from.file)).to.equal(true);
  });

  for (const [compress, seen] of [
    [true, false],
    [false, false],
    [true, true],
    [false, true],
  ] as const) {
    const how = `${compress ? '' : 'not '}compressed, from ${seen ? 'memory' : 'the disk'}`;
    it(`brings the wanted members alone, ${how}, and deletes what it made`, async () => {
      const order = {
        members: new Set(['b', 'link', 'large', 'empty', long, 'absent']),
        compress,
        front: { x: 'y' },
      };
      const bundle = await of(order, seen);
      expect(made()).to.have.length(1);
      const into = unpacked(bundle);
      expect(readdirSync(into).sort()).to.deep.equal(['b', 'empty', 'folder', 'large', 'link', 'x']);
      expect(readFileSync(join(into, long), 'utf8')).to.equal('long');
      expect(statSync(join(into, 'b')).mode & 0o777).to.equal(0o755);
      expect(statSync(join(into, 'b')).mtimeMs).to.equal(Date.UTC(2026, 10, 21));
      expect(statSync(join(into, 'large')).size).to.equal(3_000_000);
      expect(bundle.size).to[compress ? 'lessThan' : 'greaterThan'](3_000_000);
      await bundle.discard();
      expect(made()).to.deep.equal([]);
    });
  }

  for (const seen of [true, false])
    it(`brings nothing but the front when nothing is wanted, ${seen ? 'seen before' : 'not seen'}`, async () => {
      const bundle = await of({ members: new Set(), front: { x: 'y' } }, seen);
      expect(readdirSync(unpacked(bundle))).to.deep.equal(['x']);
      await bundle.discard();
    });

  it('brings what was looked into, though the file has been replaced since', async () => {
    const archive = openArchive();
    const file = join(temp(), 'replaced.tgz');
    writeFileSync(file, readFileSync(from.file));
    await archive.inspect(file, 2 ** 40, () => undefined);
    writeFileSync(file, 'another one');
    const bundle = await archive.bundle({
      archive: file,
      members: new Set(['a']),
      compress: true,
      front: {},
    });
    expect(readFileSync(join(unpacked(bundle), 'a'), 'utf8')).to.equal('one');
    await bundle.discard();
  });

  it('keeps the folders of an archive that others made', async () => {
    const tree = join(temp(), 'others');
    mkdirSync(join(tree, 'hollow'), { recursive: true });
    writeFileSync(join(tree, 'a'), 'a');
    const file = join(temp(), 'others.tgz');
    spawnSync('tar', ['-czf', file, '-C', tree, 'hollow', 'a']);
    for (const seen of [true, false]) {
      const bundle = await of({ archive: file, members: new Set() }, seen);
      expect(readdirSync(unpacked(bundle))).to.deep.equal(['hollow']);
      await bundle.discard();
    }
  });

  for (const [what, bytes] of [
    ['is cut', () => readFileSync(from.file).subarray(0, 2000)],
    ['is none', () => Buffer.from('hello')],
  ] as const) {
    it(`says so when the archive ${what}, and leaves nothing`, async () => {
      const file = join(temp(), `${what}.tgz`);
      writeFileSync(file, bytes());
      const error = await thrown(of({ archive: file, members: new Set(['a']) }));
      expect([error.code, error.message.includes(file)]).to.deep.equal(['archive-broken', true]);
      expect(made()).to.deep.equal([]);
    });
  }

  it('says so when the archive is gone', async () => {
    const gone = { archive: join(temp(), 'gone.tgz') };
    expect((await thrown(of(gone))).code).to.equal('archive-broken');
    expect((await thrown(of({ ...gone, members: new Set() }))).code).to.equal('archive-broken');
  });
});
