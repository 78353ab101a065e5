import { entry } from '../kit/entry.ts';

/** Errors of this machine: its programs, its git, its files. */
export const machineErrors = {
  'command-timeout': entry<{ title: string; limit: string }>(
    1,
    (d) => `not finished within ${d.limit}: ${d.title}`,
    () => `it and everything it had started was ended; the lines above show how far it came`,
    true,
  ),
  'command-start': entry<{ title: string; reason: string; advice?: string }>(
    1,
    (d) => `cannot start: ${d.title}: ${d.reason}`,
    (d) => d.advice ?? `this machine needs sh and setsid (util-linux), and the folder of canopy.yml`,
  ),
  'git-missing': entry<{ reason: string }>(
    1,
    (d) => `git cannot be run here: ${d.reason}`,
    () => `install git, and see that it is on the PATH of this process`,
  ),
  'git-none': entry<{ folder: string }>(
    2,
    (d) => `${d.folder} is no git repository`,
    () => `run it in a checkout; in Jenkins: checkout scm comes first`,
  ),
  'git-empty': entry<{ folder: string }>(
    2,
    (d) => `the git repository of ${d.folder} has no commit yet`,
    () => `commit first: an artifact is named after its commit`,
  ),
  'git-owner': entry<{ folder: string; owned: string }>(
    2,
    (d) => `git refuses ${d.folder}: ${d.owned} belongs to another user`,
    (d) => `run: git config --global --add safe.directory ${d.owned}`,
  ),
  'git-ref': entry<{ ref: string }>(
    2,
    (d) => `git knows no commit "${d.ref}"`,
    () => `is it fetched? a shallow clone lacks older commits and other branches: git fetch --unshallow`,
  ),
  'git-failed': entry<{ what: string; reason: string }>(
    1,
    (d) => `git could not ${d.what}: ${d.reason}`,
    () => `run the same git command by hand in that folder`,
  ),
  'socket-refused': entry<{ host: string; socket: string; reason: string; advice?: string }>(
    1,
    (d) => `${d.host} opens no connection to ${d.socket}: ${d.reason}`,
    (d) =>
      d.advice ??
      `does it listen there, may this user write to it (owner, group, mode), and does sshd lead there (AllowStreamLocalForwarding, AllowTcpForwarding), or is python3, perl or socat there?`,
    true,
  ),
  'socket-late': entry<{ host: string; socket: string; limit: string }>(
    1,
    (d) => `${d.socket} on ${d.host} did not answer within ${d.limit}`,
    () => `does the program that listens there still work?`,
    true,
  ),
  'file-failed': entry<{ what: string; file: string; reason: string }>(
    1,
    (d) => `cannot ${d.what} ${d.file}: ${d.reason}`,
    () => `check the path, its permissions and the free space`,
  ),
};
