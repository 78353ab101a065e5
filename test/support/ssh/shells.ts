import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A PATH on which `sh` is this shell; with `busybox` every program is busybox's, as on Alpine. */
export function pathOf(folder: string, shell: 'dash' | 'bash' | 'busybox'): string {
  const bin = join(folder, `bin-${shell}`);
  mkdirSync(bin, { recursive: true });
  const which = (name: string): string =>
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
  if (shell !== 'busybox') {
    symlinkSync(which(shell), join(bin, 'sh'));
    return `${bin}:${process.env['PATH'] ?? ''}`;
  }
  const busybox = which('busybox');
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const name of applets) symlinkSync(busybox, join(bin, name));
  // Debian's busybox is built without it.
  if (!applets.includes('flock')) symlinkSync(which('flock'), join(bin, 'flock'));
  return bin;
}
