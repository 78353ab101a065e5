// Whether a program is one that the tests can use: its name alone does not tell.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether a busybox runs where there is nothing else: images for the tests are made of it, and Debian's ordinary one needs the
 * libraries of the machine. Asked by running it in an empty root. Who is not root has no containers, and any busybox will do.
 * @param {string} file
 * @returns {boolean}
 */
export function runsAlone(file) {
  if (process.getuid?.() !== 0) return true;
  const root = mkdtempSync(join(tmpdir(), 'canopy-alone-'));
  try {
    copyFileSync(file, join(root, 'busybox'));
    return spawnSync('chroot', [root, '/busybox', 'true'], { timeout: 10_000 }).status === 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Whether a systemd that nspawn boots has what it needs to let somebody log in: its bus, and its module for PAM. */
export const hasBusAndPam = () =>
  existsSync('/lib/systemd/system/dbus.socket') &&
  readdirSync('/lib').some((name) => existsSync(join('/lib', name, 'security/pam_systemd.so')));
