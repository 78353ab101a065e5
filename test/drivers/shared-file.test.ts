import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { shareFile, type SharedFile } from '../../src/drivers/machine/shared-file.ts';

const MB = 1024 * 1024;

describe('a file for many hosts', () => {
  let folder: string;
  let file: string;
  const handles: FileHandle[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'canopy-shared-'));
    file = join(folder, 'a.tgz');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    for (const handle of handles.splice(0)) await handle.close();
  });

  const opened = async (name = file): Promise<FileHandle> => {
    const handle = await open(name);
    handles.push(handle);
    return handle;
  };
  let reads = 0;
  const counted = async (name = file): Promise<FileHandle> => {
    const handle = await opened(name);
    const read = handle.read.bind(handle) as (...all: unknown[]) => unknown;
    return Object.assign(handle, { read: (...all: unknown[]) => ((reads += 1), read(...all)) });
  };
  const hashOf = async (shared: SharedFile): Promise<string> => {
    const hash = createHash('sha256');
    for await (const piece of shared.pieces()) hash.update(piece);
    shared.close();
    return hash.digest('hex');
  };
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  for (const length of [0, 1, 256 * 1024, 256 * 1024 + 1, 3 * MB + 7])
    it(`${length} bytes come whole`, async () => {
      writeFileSync(file, Buffer.alloc(length, 'canopy'));
      expect(await hashOf(await shareFile(await opened()))).to.equal(sha256(Buffer.alloc(length, 'canopy')));
    });

  it('twenty readers get the same bytes, read once', async () => {
    reads = 0;
    writeFileSync(file, Buffer.alloc(MB, 'abc'));
    const all: SharedFile[] = [];
    for (let at = 0; at < 20; at += 1) all.push(await shareFile(await counted()));
    const hashes = await Promise.all(all.map(hashOf));
    expect(new Set(hashes)).to.deep.equal(new Set([sha256(Buffer.alloc(MB, 'abc'))]));
    expect(reads).to.equal(4);
  });

  it('who leaves early takes nothing from the others', async () => {
    writeFileSync(file, Buffer.alloc(MB, 'abc'));
    const [early, late] = [await shareFile(await opened()), await shareFile(await opened())];
    for await (const piece of early.pieces()) {
      expect(piece.length).to.equal(256 * 1024);
      break;
    }
    early.close();
    await handles.shift()?.close();
    expect(await hashOf(late)).to.equal(sha256(Buffer.alloc(MB, 'abc')));
  });

  it('nothing is kept after the last reader: what was written since is read', async () => {
    writeFileSync(file, Buffer.alloc(1000, 'a'));
    expect(await hashOf(await shareFile(await opened()))).to.equal(sha256(Buffer.alloc(1000, 'a')));
    writeFileSync(file, Buffer.alloc(1000, 'z'));
    expect(await hashOf(await shareFile(await opened()))).to.equal(sha256(Buffer.alloc(1000, 'z')));
  });

  it('one that becomes shorter is an error, not a shorter upload', async () => {
    writeFileSync(file, Buffer.alloc(MB));
    const shared = await shareFile(await opened());
    truncateSync(file, 300_000);
    const error = await hashOf(shared).catch((caught: Error) => caught.message);
    shared.close();
    expect(error).to.equal('it has become shorter while it was read');
  });

  it('a large one is not kept in memory', async () => {
    const large = join(folder, 'large');
    reads = 0;
    writeFileSync(large, '');
    truncateSync(large, 80 * MB);
    const shared = await shareFile(await counted(large));
    let length = 0;
    for (let pass = 0; pass < 2; pass += 1) for await (const piece of shared.pieces()) length += piece.length;
    shared.close();
    expect([length, reads]).to.deep.equal([160 * MB, 640]);
  });

  it('a folder or a device is refused', async () => {
    const error = await shareFile(await opened('/dev/null')).catch((caught: Error) => caught.message);
    expect(error).to.equal('it is not a file');
  });
});
