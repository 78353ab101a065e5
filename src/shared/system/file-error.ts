/** The words of the system (`ENOENT`) for what is wrong with a file, as people say it. Pure. */
import { codeOf } from './error-code.ts';

const ofFiles: Readonly<Record<string, string>> = {
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
  ENXIO: 'it is a socket, not a file',
  EMFILE: 'too many files are open in this process: ulimit -n raises the limit',
  ENFILE: 'too many files are open on this machine: sysctl fs.file-max raises the limit',
  EIO: 'the disk does not read or write it: dmesg tells why',
};

/** Why a file cannot be read or written. */
export const fileReason = (error: unknown): string =>
  ofFiles[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
