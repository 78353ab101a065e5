/** A folder of the user's own for what a start need not make again. What stands there is run and believed. */
import type { Env } from '../../shared/system/env.ts';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Files beyond so many are removed, the oldest first: a build has about 60, and 300 of them take some 20 MB. */
const mostFiles = 300;

export interface DiskCache {
  /** A short name for a text or a file; another one may have the same. */
  nameOf(content: string): string;
  /** What was written under that name, whole; null when there is nothing or it is damaged. */
  read(name: string): Buffer | null;
  /** Writes each whole or not at all, and removes what is too old. Where it cannot, nothing happens. */
  write(entries: Iterable<readonly [name: string, content: Buffer]>): void;
}

/**
 * The folder, made when it is missing. Null where there is none to which only the user may write: the start goes on
 * without. NODE_DISABLE_COMPILE_CACHE turns it off, as it does for Node's own.
 */
export function openDiskCache(env: Env, most = mostFiles): DiskCache | null {
  const folder = folderOf(env);
  if (folder === null || env['NODE_DISABLE_COMPILE_CACHE'] || !isOurs(folder)) return null;
  // Loaded here, not by everybody; the first releases of Node 22 do not have it.
  const crc32 = process.getBuiltinModule?.('node:zlib')?.crc32;
  if (crc32 === undefined) return null;
  const sum = (content: Buffer | string): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(crc32(content));
    return bytes;
  };
  return {
    nameOf: (content) => sum(content).toString('hex'),
    read: (name) => {
      try {
        const bytes = readFileSync(join(folder, name));
        const content = bytes.subarray(4);
        return sum(content).equals(bytes.subarray(0, 4)) ? content : null;
      } catch {
        return null;
      }
    },
    write: (entries) => {
      try {
        for (const [name, content] of entries) {
          const unfinished = join(folder, `${name}.${process.pid}`);
          writeFileSync(unfinished, Buffer.concat([sum(content), content]), { mode: 0o600 });
          renameSync(unfinished, join(folder, name));
        }
        removeOld(folder, most);
      } catch {
        // A full disk, or a folder that is gone: only time is lost.
        return;
      }
    },
  };
}

function folderOf(env: Env): string | null {
  const [base, name] = env['CANOPY_CACHE']
    ? [env['CANOPY_CACHE'], 'compiled']
    : [env['XDG_CACHE_HOME'] || (env['HOME'] ? join(env['HOME'], '.cache') : ''), 'canopy-compiled'];
  return isAbsolute(base) ? join(base, name) : null;
}

function isOurs(folder: string): boolean {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false }) ?? made(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    // A home that cannot be written is usual in containers.
    return false;
  }
}

function made(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return lstatSync(folder);
}

function removeOld(folder: string, most: number): void {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length <= most) return;
  const aged = files.map(({ name }) => {
    const file = join(folder, name);
    return { file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  const old = aged.sort((a, b) => a.at - b.at).slice(0, files.length - most);
  for (const { file } of old) rmSync(file, { force: true });
}
