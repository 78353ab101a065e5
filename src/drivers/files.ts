/** Files on this machine (port Files), by node:fs and tinyglobby. */
import { readdir as readdirCallback, type Dirent } from 'node:fs';
import { lstat, readFile, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { escapePath, glob } from 'tinyglobby';
import { writeWhole } from '../shared/files/atomic-file.ts';
import { fail } from '../errors.ts';
import type { Files } from '../ports/ports.ts';
import { whyUnreplaceable } from '../shared/files/writable.ts';
import { fileReason } from '../shared/system/file-error.ts';
import { codeOf } from '../shared/system/error-code.ts';

/** `cwd`: what relative paths are relative to. */
export function openFiles(cwd: string): Files {
  const at = (path: string): string => resolve(cwd, path);
  return {
    read: (path) => attempt('read', path, () => readFile(at(path), 'utf8')),
    exists: (path) => attempt('look at', path, () => exists(at(path))),
    prove: async (path) => {
      const reason = whyUnreplaceable(at(path));
      if (reason !== null) throw fail('output-file', { file: path, reason });
    },
    write: (path, text) => attempt('write', path, () => writeWhole(at(path), text)),
    glob: (patterns, folder) => attempt('list', folder, () => list(patterns, at(folder))),
    folders: (patterns, folder) =>
      attempt('list', folder, async () =>
        (await list(patterns, at(folder), true)).map((name) => name.replace(/\/$/, '')),
      ),
    remove: (path) => attempt('remove', path, () => rm(at(path), { force: true, recursive: true })),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function list(patterns: readonly string[], cwd: string, onlyDirectories = false): Promise<string[]> {
  const found = await glob(await Promise.all(patterns.map((pattern) => literal(pattern, cwd))), {
    cwd,
    dot: true,
    followSymbolicLinks: false,
    onlyDirectories,
    fs: { readdir },
  });
  return [...new Set(found)].map(decode).sort(byCode);
}

/** A path that exists as it is written means itself, even with [brackets] in it. */
async function literal(pattern: string, cwd: string): Promise<string> {
  const negated = pattern.startsWith('!') && !pattern.startsWith('!(');
  const path = negated ? pattern.slice(1) : pattern;
  const there = await lstat(resolve(cwd, path)).then(
    () => true,
    // Whatever the reason, it is then no path but a pattern, and matches or does not.
    () => false,
  );
  return there ? `${negated ? '!' : ''}${escapePath(path)}` : pattern;
}

/** tinyglobby leaves out symlinks, sockets and the like; who asks has to see them to refuse them. */
const readdir = ((path: string, _options: unknown, done: (error: Error | null, entries: unknown) => void) =>
  readdirCallback(decode(path), { withFileTypes: true }, (error, entries) => {
    done(error, error ? [] : entries.map(plain));
  })) as unknown as typeof readdirCallback;

/** A pattern never matches a newline: such a file would be left out in silence, so it stands in for a while. */
const standIn = '\u{f000a}';
const encode = (name: string): string => name.replaceAll('\n', standIn);
const decode = (name: string): string => name.replaceAll(standIn, '\n');

const plain = (entry: Dirent): object => ({
  name: encode(entry.name),
  isDirectory: () => entry.isDirectory(),
  isFile: () => !entry.isDirectory(),
  isSymbolicLink: () => false,
});

/** Not by locale: the order is the same on every machine. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function attempt<T>(what: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fail('file-failed', { what, file, reason: fileReason(error) }, { cause: error });
  }
}
