/** What stands on a booted host beside the files of this machine: a user, two SSH servers, and no unit of this machine's own. */
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface HostTree {
  /** The root of the host, as this process sees it. */
  readonly tree: string;
  readonly name: string;
  readonly hostKeyFile: string;
  /** Who may log in as `deploy`. */
  readonly publicKey: string;
}

/** Ports of the SSH servers: one opens PAM sessions (as most do), one does not. */
export const sshPorts = { pam: 22, plain: 2222 } as const;

const deployUser = 54_321;

export function writeTree({ tree, name, hostKeyFile, publicKey }: HostTree): void {
  const put = (path: string, text: string, mode = 0o644): void => {
    const file = join(tree, path);
    rmSync(file, { force: true });
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text, { mode });
  };
  forget(tree);
  put('etc/hostname', `${name}\n`);
  put('etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${name}\n`);
  put('etc/machine-id', '');
  put('etc/fstab', '');
  account(tree, put);
  for (const folder of ['home/deploy', 'home/deploy/.ssh', 'srv/shop']) {
    mkdirSync(join(tree, folder), { recursive: true, mode: folder.endsWith('.ssh') ? 0o700 : 0o755 });
    chownSync(join(tree, folder), deployUser, deployUser);
  }
  put('home/deploy/.ssh/authorized_keys', publicKey);
  put('etc/ssh/host_key', readFileSync(hostKeyFile, 'utf8'), 0o600);
  put('etc/ssh/sshd_config', sshdConfig);
  // Small on purpose: what common-session of this machine holds may not work inside.
  put('etc/pam.d/sshd', pam);
  put('etc/sudoers', sudoers, 0o440);
  for (const [word, port] of [
    ['yes', sshPorts.pam],
    ['no', sshPorts.plain],
  ] as const)
    put(`etc/systemd/system/sshd-${port}.service`, sshUnit(port, word));
  mkdirSync(join(tree, 'etc/systemd/system/multi-user.target.wants'));
  for (const port of Object.values(sshPorts))
    symlinkSync(
      `../sshd-${port}.service`,
      join(tree, `etc/systemd/system/multi-user.target.wants/sshd-${port}.service`),
    );
  symlinkSync('/lib/systemd/system/multi-user.target', join(tree, 'etc/systemd/system/default.target'));
}

/** Whatever this machine starts at boot, lets in or keeps secret is not there on the host. */
function forget(tree: string): void {
  const startups = readdirSync(join(tree, 'etc')).filter((item) => /^(rc.\.d|init\.d)$/.test(item));
  for (const path of ['systemd/system', 'systemd/user', 'sudoers.d', 'ssh', ...startups])
    rmSync(join(tree, 'etc', path), { recursive: true, force: true });
  rmSync(join(tree, 'var/lib/systemd/linger'), { recursive: true, force: true });
  for (const path of ['etc/systemd/system', 'etc/sudoers.d', 'etc/ssh'])
    mkdirSync(join(tree, path), { recursive: true });
}

function account(tree: string, put: (path: string, text: string, mode?: number) => void): void {
  const added = {
    passwd: `deploy:x:${deployUser}:${deployUser}::/home/deploy:/bin/sh`,
    group: `deploy:x:${deployUser}:`,
    // No password at all can be right, which is not the same as a locked account: sshd without PAM refuses that one.
    shadow: 'deploy:*:19000:0:99999:7:::',
  };
  for (const [file, line] of Object.entries(added)) {
    const path = join(tree, 'etc', file);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const others = lines.filter((item) => item !== '' && !item.startsWith('deploy:'));
    put(`etc/${file}`, `${[...others, line].join('\n')}\n`, file === 'shadow' ? 0o640 : 0o644);
  }
}

const sshdConfig = `HostKey /etc/ssh/host_key
AuthorizedKeysFile .ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
MaxStartups 200
`;

const sshUnit = (port: number, usePam: 'yes' | 'no'): string => `[Service]
ExecStart=/usr/sbin/sshd -D -e -p ${port} -o UsePAM=${usePam}
RuntimeDirectory=sshd
RuntimeDirectoryPreserve=yes
KillMode=process
`;

const pam = `auth required pam_unix.so
account required pam_unix.so
session required pam_unix.so
session optional pam_systemd.so
`;

const sudoers = `Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
`;
