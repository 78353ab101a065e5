/** The files of the OpenSSH client configuration, read as OpenSSH reads them. */
import { statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fail } from '../../../errors.ts';
import { homeOfUser } from './accounts.ts';
import { parseSshConfig, type ConfigLine, type ConfigText } from './config-file.ts';
import { expandTilde, NotExpanded } from './expand.ts';
import { glob } from './words/glob.ts';
import { readText } from './text-file.ts';

interface IncludeBase {
  /** Where relative names of `Include` stand. */
  readonly folder: string;
  /** Null in the configuration of the machine, which has no `~`. */
  readonly home: string | null;
}

/** Whether nobody has named the file: then the machine's counts too. */
export const isUsualConfig = (config: string, home: string): boolean =>
  normalize(config) === join(home, '.ssh/config');

/** The lines of each file. Throws `ssh-file`. */
export function readConfigFiles(config: string, home: string): ConfigLine[][] {
  const user: IncludeBase = { folder: join(home, '.ssh'), home };
  if (!isUsualConfig(config, home)) {
    const text = readText(config, false);
    if (text === null) throw fail('ssh-file', { file: config, reason: 'there is no such file' });
    return [linesOf({ file: config, text }, user)];
  }
  const machine: IncludeBase = { folder: '/etc/ssh', home: null };
  return [
    ...textsOf(config, true).map((text) => linesOf(text, user)),
    ...textsOf(join(machine.folder, 'ssh_config'), false).map((text) => linesOf(text, machine)),
  ];
}

const linesOf = (text: ConfigText, place: IncludeBase): ConfigLine[] =>
  parseSshConfig(text, (pattern) => included(pattern, place));

/** `checked`: what others may write to is refused, as OpenSSH refuses it. */
function textsOf(file: string, checked: boolean): ConfigText[] {
  const text = readText(file, true);
  if (text === null) return [];
  const { uid, mode } = statSync(file);
  const isOurs = uid === 0 || uid === process.getuid?.();
  if (checked && (!isOurs || (mode & 0o022) !== 0)) {
    const reason = isOurs ? 'others may write to it (chmod go-w)' : `it belongs to another user (uid ${uid})`;
    throw fail('ssh-file', { file, reason });
  }
  return [{ file, text }];
}

/** A pattern that names nothing is no error. Null: what it names depends on the version of OpenSSH or on the C library. */
function included(pattern: string, { folder, home }: IncludeBase): ConfigText[] | null {
  if (/[%$\\]|\[[:.=]/.test(pattern)) return null;
  if (pattern.startsWith('~')) {
    const path = home === null ? null : withHome(pattern, home);
    return path === null ? null : found(path, '/');
  }
  return pattern.startsWith('/') ? found(pattern, '/') : found(pattern, folder);
}

function found(path: string, base: string): ConfigText[] {
  const files = /[*?[]/.test(path) ? glob(path, base) : [join(base, path)];
  return files.flatMap((file) => textsOf(file, true));
}

function withHome(pattern: string, home: string): string | null {
  try {
    return expandTilde(pattern, (user) => (user === '' ? home : homeOfUser(user)));
  } catch (error) {
    if (error instanceof NotExpanded) return null;
    throw error;
  }
}
