/** The words of the system (`ENOENT`) for why a program does not start, as people say it, and what helps: each word has its own. Pure. */
import { codeOf, type SystemFailure } from './error-code.ts';

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
