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
import { fileReason } from '../system/file-error.ts';

const isFolder = 'it is a folder';

/** Why the file could not be written in its place, in a folder that is there; null when it can. */
export const whyUnwritable = (file: string): string | null =>
  failure(() => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) return isFolder;
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
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return isFolder;
    let folder = dirname(file);
    while (statSync(folder, { throwIfNoEntry: false }) === undefined) folder = dirname(folder);
    touch(join(folder, `.canopy-${randomBytes(6).toString('hex')}`));
    return null;
  });

function failure(work: () => string | null | undefined): string | null {
  try {
    return work() ?? null;
  } catch (error) {
    return fileReason(error);
  }
}

function touch(file: string): void {
  closeSync(openSync(file, 'wx', 0o600));
  rmSync(file);
}
