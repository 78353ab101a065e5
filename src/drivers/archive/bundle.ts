/** Some members of an archive as another one, for a server that holds the rest. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip, gzip } from 'node:zlib';
import { extract as tarExtract, pack as tarPack, type Header } from 'tar-stream';
import { fail } from '../../errors.ts';
import type { Bundle, BundleOrder } from '../../ports/ports.ts';
import { large } from './read.ts';
import { cutOut, type Unpacked } from './unpacked.ts';

/** docs/decisions/0011-delta-upload.md has the figures. */
const best = 6;
const none = 0;

/** `seen`: the archive in memory, where it is there. The front is a .tgz without an end, so that the other part goes on where it stops: gzip and tar read the two as one. */
export async function bundle(
  { archive, members, compress, front }: BundleOrder,
  seen: Unpacked | null,
): Promise<Bundle> {
  const ahead = await promisify(gzip)(await withoutEnd(front), { level: best });
  if (members === null) {
    const { size } = await stat(archive).catch((error: Error) => unreadable(archive, error));
    return { front: ahead, file: archive, size: ahead.length + size, discard: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'canopy-send-')).catch(noRoom);
  const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'files.tgz');
  try {
    const level = compress ? best : none;
    if (seen === null) await pick(archive, members, file, level);
    else await writeFile(file, await promisify(gzip)(cutOut(seen, members), { level }), { flag: 'wx' });
    return { front: ahead, file, size: ahead.length + (await stat(file)).size, discard };
  } catch (error) {
    await discard();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(error as Error);
    return unreadable(archive, error as Error);
  }
}

/** What is sent in part is packed into the folder for temporary files. */
function noRoom(error: Error): never {
  throw fail('file-failed', { what: 'pack into', file: tmpdir(), reason: error.message }, { cause: error });
}

const folder = { type: 'directory', mode: 0o755 } as const;

async function withoutEnd(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = tarPack();
  // The same bytes whenever they are made, and no time that tar would call implausible.
  for (const [name, text] of Object.entries(files))
    tar.entry({ name, mtime: new Date(Date.UTC(2020, 0)), ...(name.endsWith('/') ? folder : {}) }, text);
  tar.finalize();
  const all = await buffer(tar as unknown as AsyncIterable<Buffer>);
  return all.subarray(0, all.length - 1024);
}

async function pick(
  archive: string,
  members: ReadonlySet<string>,
  into: string,
  level: number,
): Promise<void> {
  const from = tarExtract();
  const tar = tarPack();
  const read = pipeline(
    createReadStream(archive, { highWaterMark: 1 << 18 }),
    createGunzip({ chunkSize: large }),
    from as unknown as NodeJS.WritableStream,
  );
  const written = pipeline(tar, createGzip({ level }), createWriteStream(into, { flags: 'wx' }));
  const copied = copy(from, tar, members).catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  // The first to fail is the cause; the others only follow.
  const [first] = (await Promise.allSettled([read, copied, written])).filter(
    (end) => end.status === 'rejected',
  );
  if (first) throw first.reason;
}

type Tar = ReturnType<typeof tarPack>;

async function copy(
  from: ReturnType<typeof tarExtract>,
  tar: Tar,
  members: ReadonlySet<string>,
): Promise<void> {
  for await (const entry of from) {
    const { header } = entry;
    if (header.type === 'directory' || members.has(header.name))
      await pipeline(entry as unknown as NodeJS.ReadableStream, sinkOf(tar, header));
    else entry.resume();
  }
  tar.finalize();
}

const sinkOf = (tar: Tar, { name, type, mode, size, mtime, linkname }: Header): NodeJS.WritableStream =>
  tar.entry({
    name,
    type,
    mode,
    size,
    mtime,
    linkname,
    uid: 0,
    gid: 0,
  } as Header) as unknown as NodeJS.WritableStream;

const unreadable = (file: string, error: Error): never => {
  throw fail('archive-broken', { file, reason: error.message }, { cause: error });
};
