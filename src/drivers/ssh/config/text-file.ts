/** A file that SSH reads (settings, known hosts, keys): its text, or one clear line why it cannot be had. */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs';
import { fail } from '../../../errors.ts';
import { codeOf } from '../../../shared/system/error-code.ts';
import { fileReason } from '../../../shared/system/file-error.ts';

/** More than any of these holds; a file that grows while it is read must not fill the memory. */
const most = 16 * 1024 * 1024;

/**
 * Null when it is not there. `usual`: nobody has named it, so one in a folder that is closed to us is as if it were not there.
 * Throws `ssh-file` for what is there and no file, or not ours to read. /dev/null is empty.
 */
export function readText(file: string, usual: boolean): string | null {
  let handle: number | null = null;
  try {
    if (usual && isBehindClosedFolder(file)) return null;
    // Nobody may write to a FIFO for ever.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = fstatSync(handle);
    if (isNull(found)) return '';
    if (!found.isFile()) throw new Error(`it is ${kindOf(found)}, not a file`);
    if (found.size > most) throw new Error('it is larger than 16 MiB');
    return readFileSync(handle, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw fail('ssh-file', { file, reason: fileReason(error) }, { cause: error });
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

function isBehindClosedFolder(file: string): boolean {
  try {
    statSync(file);
    return false;
  } catch (error) {
    return codeOf(error) === 'EACCES';
  }
}

/** Whoever wants no settings and no known hosts names it. */
const isNull = (found: Stats): boolean =>
  found.isCharacterDevice() && found.rdev === statSync('/dev/null').rdev;

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}
