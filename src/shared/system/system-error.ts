/** The words of the system for what went wrong (`ENOENT`), as people say it, and what helps: each word has its own. Pure. */

/** The system's word, or an empty text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

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

interface SystemFailure {
  readonly reason: string;
  /** What to look at, where the word says it. */
  readonly advice?: string;
}

const unresolved = 'is it spelled as it is meant? getent hosts NAME asks this machine';
const noWay = 'ip route get ADDRESS shows the way; a VPN or a firewall may be in between';
const ofConnections: Readonly<Record<string, SystemFailure>> = {
  ECONNREFUSED: { reason: 'connection refused' },
  ECONNRESET: { reason: 'the connection was reset' },
  EPIPE: { reason: 'the connection was reset' },
  ETIMEDOUT: { reason: 'no connection in time', advice: noWay },
  EHOSTUNREACH: { reason: 'no route to the host', advice: noWay },
  ENETUNREACH: { reason: 'no route to the network', advice: noWay },
  EHOSTDOWN: { reason: 'the host is down', advice: noWay },
  ENOTFOUND: { reason: 'its name does not resolve', advice: unresolved },
  EAI_AGAIN: {
    reason: 'its name does not resolve at the moment',
    advice: 'does the DNS of this machine answer? See /etc/resolv.conf',
  },
  EADDRNOTAVAIL: {
    reason: 'this machine has no address, or no free port, to connect from',
    advice: 'ip address and ss -s show both',
  },
  EACCES: { reason: 'this user may not connect there', advice: 'ls -l shows who may' },
  EPERM: { reason: 'this machine lets no connection out there', advice: 'its firewall may refuse it' },
  ENOENT: { reason: 'there is no such socket', advice: 'does the program run that makes it?' },
  EMFILE: {
    reason: 'too many files are open in this process',
    advice: 'LimitNOFILE in the unit, or ulimit -n, raises the limit',
  },
};

/** Why there is no connection; `message` where the system's word is not known. */
export const connectFailure = (error: unknown, message: string): SystemFailure =>
  ofConnections[codeOf(error)] ?? { reason: message };

const ofPrograms: Readonly<Record<string, SystemFailure>> = {
  ENOENT: { reason: 'there is no such program, or no such folder to start it in' },
  EACCES: {
    reason: 'this user may not run it, or not enter the folder',
    advice: 'ls -ld of both shows who may; a file system that is mounted noexec starts none',
  },
  ENOEXEC: { reason: 'it is no program for this machine', advice: 'file PROGRAM shows what it is for' },
  E2BIG: {
    reason: 'its arguments and its environment are too long together',
    advice: 'unset what is long in the environment of the step',
  },
  EAGAIN: { reason: 'this user may start no more processes', advice: 'ulimit -u shows how many' },
  ENOMEM: { reason: 'there is no memory left to start it', advice: 'free -m shows who has it' },
  EMFILE: { reason: 'too many files are open in this process', advice: 'ulimit -n raises the limit' },
};

/** Why a program does not start. */
export const startFailure = (error: unknown): SystemFailure =>
  ofPrograms[codeOf(error)] ?? {
    reason: error instanceof Error ? error.message : String(error),
  };
