/** A file that many hosts are given at the same time: it is read once, not once for each. */
import type { FileHandle } from 'node:fs/promises';

/** Bytes that are read at a time. */
const PIECE = 256 * 1024;
/** A larger file is read by each for itself, so that memory stays bounded. */
const LARGEST = 64 * 1024 * 1024;

interface CachedFile {
  readers: number;
  readonly pieces: Promise<Buffer>[];
}

const kept = new Map<string, CachedFile>();

export interface SharedFile {
  /** In order; the last one ends where the file ended when it was opened. They are not to be written to. */
  pieces(): AsyncGenerator<Buffer>;
  /** The last reader frees the memory. */
  close(): void;
}

/** `handle`: open until `close`. Throws what reading throws, and where it is no file or becomes shorter. */
export async function shareFile(handle: FileHandle): Promise<SharedFile> {
  const found = await handle.stat({ bigint: true });
  if (!found.isFile()) throw new Error('it is not a file');
  const { dev, ino, size, mtimeNs } = found;
  const total = Number(size);
  const key = [dev, ino, size, mtimeNs].join(' ');
  const keeps = total <= LARGEST;
  const mine = (keeps ? kept.get(key) : undefined) ?? { readers: 0, pieces: [] };
  mine.readers += 1;
  if (keeps) kept.set(key, mine);
  const piece = (at: number): Promise<Buffer> =>
    keeps ? (mine.pieces[at / PIECE] ??= read(handle, at, total)) : read(handle, at, total);
  return {
    async *pieces() {
      for (let at = 0; at < total; at += PIECE) yield await piece(at);
    },
    close() {
      mine.readers -= 1;
      if (mine.readers === 0 && kept.get(key) === mine) kept.delete(key);
    },
  };
}

async function read(handle: FileHandle, at: number, total: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, total - at));
  let have = 0;
  while (have < buffer.length) {
    const { bytesRead } = await handle.read(buffer, have, buffer.length - have, at + have);
    if (bytesRead === 0) throw new Error('it has become shorter while it was read');
    have += bytesRead;
  }
  return buffer;
}
