/** Archives (port Archive), by tar-stream and node:zlib. Writing; reading stands in archive-read.ts. */
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readlink, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as tarPack, type Pack } from 'tar-stream';
import { CanopyError, fail } from '../../errors.ts';
import type { Member, PackedFile } from '../../shared/member.ts';
import type { Archive, PackOrder, Packed } from '../../ports/ports.ts';
import { bundle } from './bundle.ts';
import { hashFile, inspect } from './read.ts';
import type { Unpacked } from './unpacked.ts';
import { removeLeftovers, syncFolder } from '../../shared/files/atomic-file.ts';

export function openArchive(): Archive {
  let seen: Unpacked | null = null;
  return {
    look,
    pack,
    inspect: async (file, maxBytes, each) => {
      seen = null;
      seen = await inspect(file, maxBytes, each);
    },
    bundle: (order) => bundle(order, seen?.file === order.archive ? seen : null),
    hash: hashFile,
  };
}

/** Facts of files on disk, in the words of an archive. */
async function look(folder: string, names: readonly string[]): Promise<Member[]> {
  const root = await realpath(folder);
  const inside = new Map<string, Promise<boolean>>();
  const isInside = (path: string): Promise<boolean> => {
    const known = inside.get(path);
    if (known) return known;
    const asked = realpath(path).then((real) => real === root || real.startsWith(root + sep));
    inside.set(path, asked);
    return asked;
  };
  const members: Member[] = [];
  for (const name of names) members.push(await lookAt(name, join(folder, name), isInside));
  return members;
}

async function lookAt(
  name: string,
  path: string,
  isInside: (path: string) => Promise<boolean>,
): Promise<Member> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw fail('artifact-file', { file: name, why: 'is gone' }, { cause: error });
    throw error;
  });
  const link = stats.isSymbolicLink();
  const type = link ? 'link' : stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  const member: Member = {
    name,
    type,
    size: type === 'file' ? stats.size : 0,
    mode: type === 'file' ? normal(stats.mode) : 0o777,
    target: link ? await readlink(path) : null,
  };
  return (await isInside(dirname(path))) ? member : { ...member, odd: 'lies outside the folder' };
}

const normal = (mode: number): number => ((mode & 0o111) === 0 ? 0o644 : 0o755);

async function pack(order: PackOrder): Promise<Packed> {
  const partial = join(order.into, `.${randomBytes(6).toString('hex')}.partial`);
  const files = new Map<string, PackedFile>();
  const tar = tarPack();
  const hash = createHash('sha256');
  let size = 0;
  const tap = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  try {
    await mkdir(order.into, { recursive: true });
    // One that is being written is never so old.
    await removeLeftovers(order.into, 3_600_000);
    const written = pipeline(
      tar,
      createGzip({ level: 6 }),
      tap,
      createWriteStream(partial, { flags: 'wx', flush: true }),
    );
    const filled = fill(tar, order, files).catch((error: Error) => {
      tar.destroy(error);
      throw error;
    });
    const failed = (await Promise.allSettled([filled, written])).filter((end) => end.status === 'rejected');
    // One of them is the cause, and the other only follows: the system's word, or ours, is never what follows.
    const cause = failed.find(({ reason }) => reason instanceof CanopyError || 'syscall' in reason);
    if (failed[0]) throw (cause ?? failed[0]).reason;
    const sha256 = hash.digest('hex');
    const file = join(order.into, order.name(sha256));
    await rename(partial, file);
    await syncFolder(order.into);
    return { file, sha256, size, files: Object.fromEntries(files) };
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof CanopyError) throw error;
    const reason = (error as Error).message;
    throw fail('file-failed', { what: 'pack into', file: order.into, reason }, { cause: error });
  }
}

async function fill(tar: Pack, order: PackOrder, files: Map<string, PackedFile>): Promise<void> {
  for (const name of order.names) files.set(name, await add(tar, order, name));
  tar.finalize();
}

async function add(tar: Pack, order: PackOrder, name: string): Promise<PackedFile> {
  const path = join(order.folder, name);
  const base = { name, mtime: new Date(order.time), uid: 0, gid: 0 };
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) {
    const link = await readlink(path);
    await entered((done) => tar.entry({ ...base, type: 'symlink', linkname: link, mode: 0o777 }, done));
    return { sha256: createHash('sha256').update(link).digest('hex'), mode: '0777', size: 0, link };
  }
  if (!stats.isFile()) throw fail('artifact-file', { file: name, why: 'is no file any more' });
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await addFile(tar, base, file, name);
  } finally {
    await file.close();
  }
}

async function addFile(
  tar: Pack,
  base: { name: string; mtime: Date; uid: number; gid: number },
  file: FileHandle,
  name: string,
): Promise<PackedFile> {
  const stats = await file.stat();
  const hash = createHash('sha256');
  const mode = normal(stats.mode);
  const header = { ...base, type: 'file' as const, mode, size: stats.size };
  let sent = 0;
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    const send = async (): Promise<void> => {
      if (stats.size === 0) return void sink.end(null);
      const chunks = createReadStream('', { fd: file, autoClose: false, highWaterMark: 1 << 18 });
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        sent += chunk.length;
        if (sent > stats.size) break;
        hash.update(chunk);
        if (!sink.write(chunk)) await drainedOrClosed(sink);
      }
      if (sent !== stats.size)
        throw fail('artifact-file', { file: name, why: 'changed while it was packed' });
      sink.end(null);
    };
    send().catch(reject);
  });
  return { sha256: hash.digest('hex'), mode: `0${mode.toString(8)}`, size: stats.size };
}

/** A disk that is full closes the archive under our hands: then nothing drains any more. */
type Sink = ReturnType<Pack['entry']>;
const drainedOrClosed = (sink: Sink): Promise<void> =>
  new Promise((resolve) => {
    const heard = (): void => {
      sink.off('drain', heard);
      sink.off('close', heard);
      resolve();
    };
    sink.on('drain', heard);
    sink.on('close', heard);
  });

const entered = (start: (done: (error?: Error | null) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
