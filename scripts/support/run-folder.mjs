// A folder that several tests would make and take away: made before the first and removed after the last of them.
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';

/** As root sshd wants this empty folder; when it is made here, it is gone again at the end of this process. */
export function makeRunFolder(folder = '/run/sshd') {
  if (process.getuid?.() !== 0 || existsSync(folder)) return;
  mkdirSync(folder, { mode: 0o755 });
  process.once('exit', () => {
    if (existsSync(folder)) rmdirSync(folder);
  });
}
