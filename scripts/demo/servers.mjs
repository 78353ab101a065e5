// The six servers: each a real sshd on loopback with keys of its own, and a folder that is its disk.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from '../support/system.mjs';
import { startDaemon } from './daemons.mjs';

/**
 * Starts one sshd for each name and writes the client's side: a key, the known hosts, an empty SSH configuration.
 * `own` is told of each daemon as soon as it is started.
 */
export async function startServers({ folder, names, ports, own }) {
  const ssh = join(folder, 'ssh');
  mkdirSync(ssh, { mode: 0o700 });
  const user = userInfo().username;
  makeKey(join(ssh, 'deploy_key'));
  writeFileSync(join(ssh, 'config'), '');
  const servers = names.map((name, index) => ({
    name,
    ssh: ports[index],
    web: ports[names.length + index],
    user,
  }));
  const known = servers.map((server) => prepare(ssh, folder, server));
  writeFileSync(join(ssh, 'known_hosts'), known.join(''));
  const program = findProgram('sshd');
  for (const server of servers) {
    const argv = [program, '-D', '-e', '-f', join(ssh, `${server.name}.conf`)];
    const log = join(folder, 'logs', `sshd-${server.name}.log`);
    await startDaemon({ name: `sshd ${server.name}`, argv, log, port: server.ssh, own });
  }
  return servers;
}

/** As root sshd wants /run/sshd; returns what takes it away again when it was not there. */
export function ensureRunSshd(path = '/run/sshd') {
  if (process.getuid?.() !== 0 || existsSync(path)) return () => undefined;
  mkdirSync(path, { mode: 0o755 });
  return () => {
    if (existsSync(path)) rmdirSync(path);
  };
}

/** Writes a server's keys and configuration; returns its line for known_hosts. */
function prepare(ssh, folder, server) {
  server.root = join(folder, 'servers', server.name);
  server.path = join(server.root, 'srv', 'shop');
  const home = join(server.root, 'home');
  for (const path of [dirname(server.path), home]) mkdirSync(path, { recursive: true });
  const hostKey = join(ssh, `${server.name}_host_key`);
  makeKey(hostKey);
  writeFileSync(
    join(ssh, `${server.name}.conf`),
    [
      `Port ${server.ssh}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${join(ssh, 'deploy_key.pub')}`,
      'PidFile none',
      `UsePAM ${needsPam() ? 'yes' : 'no'}`,
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'PrintMotd no',
      'PrintLastLog no',
      // A server has its own home, not this user's with whatever stands in its .bashrc, and the Node that runs the demo.
      `SetEnv HOME=${home} PATH=${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      'PermitUserRC no',
      '',
    ].join('\n'),
  );
  const [type, key] = readFileSync(`${hostKey}.pub`, 'utf8').split(' ');
  return `[127.0.0.1]:${server.ssh} ${type} ${key}\n`;
}

function makeKey(file) {
  execFileSync(findProgram('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', 'canopy-demo', '-f', file]);
  chmodSync(file, 0o600);
}

/** Without PAM sshd refuses an account whose password is locked, even with a key. */
function needsPam() {
  if (process.getuid?.() !== 0) return false;
  const line = readFileSync('/etc/shadow', 'utf8')
    .split('\n')
    .find((text) => text.startsWith('root:'));
  return line?.split(':')[1]?.startsWith('!') ?? false;
}
