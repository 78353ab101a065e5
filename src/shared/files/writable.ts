/** Whether a file could be written, found out before the work of which it tells. Nothing is changed, and nothing left behind. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Why the file could not be written in its place, in a folder that is there; null when it can. */
export const whyUnwritable = (file: string): string | null =>
  failure(() => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) return reasons['EISDIR'];
    // To open a pipe would wait for a reader, and end it.
    if (found && !found.isFile()) accessSync(file, constants.W_OK);
    else if (found) closeSync(openSync(file, 'a'));
    // A link to what is not there yet makes that.
    else if (lstatSync(file, { throwIfNoEntry: false }))
      return whyUnwritable(resolve(dirname(file), readlinkSync(file)));
    else touch(file);
    return null;
  });

/** The same for a file that is put in place whole, with the folders that it needs. */
export const whyUnreplaceable = (file: string): string | null =>
  failure(() => {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return reasons['EISDIR'];
    let folder = dirname(file);
    while (statSync(folder, { throwIfNoEntry: false }) === undefined) folder = dirname(folder);
    touch(join(folder, `.canopy-${randomBytes(6).toString('hex')}`));
    return null;
  });

/** What the system says, in words. */
export const reasonOf = (error: unknown): string =>
  reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'no space left for this user',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
};

function failure(work: () => string | null | undefined): string | null {
  try {
    return work() ?? null;
  } catch (error) {
    return reasonOf(error);
  }
}

function touch(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
  rmSync(file);
}
