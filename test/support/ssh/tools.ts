/** A folder of programs to be the PATH of a server: so that it has these and no others. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What every server has. */
const usual = ['sh', 'cat', 'head', 'grep', 'base64', 'timeout', 'dd', 'sleep', 'mktemp', 'rm'];

/** `busybox nc` is the applet; any other word a program of this machine. Returns the folder. */
export function toolsFolder(folder: string, ...programs: string[]): string {
  const path = mkdtempSync(join(folder, 'bin-'));
  for (const program of new Set([...usual, ...programs])) {
    const [source = '', name = source] = program.split(' ');
    symlinkSync(whereIs(source), join(path, name));
  }
  return path;
}

function whereIs(program: string): string {
  // What stands first may be a script that wants more programs than itself.
  if (program === 'python3')
    return spawnSync(program, ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).stdout.trim();
  const found = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`this machine lacks ${program}`);
  return found;
}
