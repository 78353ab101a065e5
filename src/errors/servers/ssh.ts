import { entry } from '../kit/entry.ts';

export const sshErrors = {
  'ssh-refused': entry<{ host: string; port: number }>(
    1,
    (d) => `connection refused by ${d.host} port ${d.port}`,
    (d) => `is sshd running there? try: ssh -p ${d.port} ${d.host} true`,
    true,
  ),
  'ssh-timeout': entry<{ host: string; port: number; limit: string }>(
    1,
    (d) => `no connection to ${d.host} port ${d.port} within ${d.limit}`,
    () => `check the address, the route and the firewall; ssh.connectTimeout in canopy.yml sets the limit`,
    true,
  ),
  'ssh-unreachable': entry<{ host: string; port: number; reason: string; advice?: string }>(
    1,
    (d) => `cannot reach ${d.host} port ${d.port}: ${d.reason}`,
    (d) =>
      `${d.advice ?? 'does sshd run there, and is it the right port?'}; host in canopy.yml says where it is; try: ssh -v -p ${d.port} ${d.host}`,
    true,
  ),
  'ssh-host-key-unknown': entry<{
    host: string;
    fingerprint: string;
    files: string;
    scan: string;
    authority?: string;
  }>(
    1,
    (d) =>
      `the host key of ${d.host} is not known (${d.fingerprint}); looked in ${d.files}${d.authority === undefined ? '' : `; the @cert-authority of ${d.authority} does not count: Canopy reads no certificates of hosts`}`,
    (d) =>
      `compare the fingerprint with the server's (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), then: ssh-keyscan ${d.scan} >> ~/.ssh/known_hosts; or put it into ssh.hostKeys`,
  ),
  'ssh-host-key-changed': entry<{ host: string; fingerprint: string; file: string; line: number }>(
    1,
    (d) =>
      `the host key of ${d.host} has changed: it offers ${d.fingerprint}, ${d.file} line ${d.line} has another`,
    (d) =>
      `somebody may be in between, or the server was made anew: ask its owner before you remove line ${d.line} of ${d.file}`,
  ),
  'ssh-host-key-revoked': entry<{ host: string; file: string; line: number }>(
    1,
    (d) => `the host key of ${d.host} is revoked by ${d.file} line ${d.line}`,
    () => `do not connect: the key was marked @revoked on purpose; ask the server's owner`,
  ),
  'ssh-auth': entry<{ host: string; port: number; user: string; tried: string }>(
    1,
    (d) => `${d.host} did not accept ${d.user} with ${d.tried}`,
    (d) =>
      `is the public key in ~${d.user}/.ssh/authorized_keys there${d.tried.includes('certificate') ? `, or is the certificate for ${d.user} and from one of its TrustedUserCAKeys` : ''}? try: ssh -p ${d.port} ${d.user}@${d.host} true`,
  ),
  'ssh-algorithms': entry<{ host: string; port: number; kind: string }>(
    1,
    (d) => `${d.host} port ${d.port} and Canopy have no ${d.kind} in common`,
    () =>
      `its sshd_config is stricter than OpenSSH's defaults: let it take one of curve25519-sha256 (KexAlgorithms), aes256-gcm@openssh.com (Ciphers), hmac-sha2-256 (MACs), ssh-ed25519 (HostKeyAlgorithms); sshd -T there prints what it takes`,
  ),
  'ssh-key-file': entry<{ file: string; reason: string }>(
    2,
    (d) => `cannot use the SSH key ${d.file}: ${d.reason}`,
    () =>
      `name a readable private key in ssh.key or CANOPY_SSH_KEY_FILE; its passphrase goes into CANOPY_SSH_PASSPHRASE`,
  ),
  'ssh-file': entry<{ file: string; reason: string }>(
    2,
    (d) => `cannot use ${d.file}: ${d.reason}`,
    () =>
      `let this user (its uid: id -u) read it; or name another in canopy.yml (ssh.config, ssh.knownHosts, ssh.key)`,
  ),
  'ssh-user': entry<{ host: string; uid: string }>(
    2,
    (d) => `who logs in to ${d.host} is not said, and this user (uid ${d.uid}) has no name`,
    () => `write user@host in canopy.yml, or User into ~/.ssh/config; or set USER`,
  ),
  'ssh-config-refused': entry<{ where: string; reason: string }>(
    2,
    (d) => `${d.where}: ${d.reason}`,
    () =>
      `ssh -G HOST prints what OpenSSH makes of its configuration; use ProxyJump instead of a program, or name another file in ssh.config`,
  ),
  'ssh-lost': entry<{ host: string; title: string }>(
    1,
    (d) => `the connection to ${d.host} was lost while it ran: ${d.title}`,
    () => `whether the command finished is not known; canopy status shows what runs`,
    true,
  ),
  'ssh-forward': entry<{ host: string; target: string; reason: string }>(
    1,
    (d) => `${d.host} opens no connection to ${d.target}: ${d.reason}`,
    () =>
      `install curl, python3, bash or wget there: then a program of the server is asked instead; or AllowTcpForwarding local in its sshd_config; or health.from: agent`,
    true,
  ),
  'ssh-jump': entry<{ via: string; target: string; reason: string }>(
    1,
    (d) => `${d.via} leads to no other machine: it opens no connection to ${d.target}: ${d.reason}`,
    (d) => `AllowTcpForwarding must be yes (or local) in the sshd_config of ${d.via}, which ProxyJump names`,
    true,
  ),
  'ssh-channel': entry<{ host: string; title: string; reason: string }>(
    1,
    (d) => `${d.host} opens no session for a command (${d.title}): ${d.reason}`,
    () => `see MaxSessions and ForceCommand in the server's sshd_config; 8 sessions are used at most`,
    true,
  ),
  'ssh-shell': entry<{ host: string; user: string; code: number; said: string }>(
    1,
    (d) => `${d.host}: the login shell of ${d.user} starts no sh (exit code ${d.code}): ${d.said}`,
    (d) =>
      `bash, dash, zsh, fish, tcsh, ksh and busybox do; getent passwd ${d.user} names it there, usermod -s changes it; see ForceCommand in sshd_config too`,
  ),
  'remote-cut': entry<{ host: string; title: string }>(
    1,
    (d) => `${d.host}: exit code 0, but the command has not come to its end (${d.title})`,
    () => `whether it has done its work is not known; canopy status shows what runs`,
  ),
  'input-unreadable': entry<{ file: string; title: string; reason: string }>(
    1,
    (d) => `cannot read ${d.file} to send it (${d.title}): ${d.reason}`,
    () => `the file has to stay as it is until it has been sent`,
  ),
  'remote-stopped': entry<{ host: string; title: string }>(
    5,
    (d) => `${d.host}: stopped before it had ended (${d.title})`,
    () => `canopy status shows what runs where`,
  ),
  'remote-disk-full': entry<{ host: string; title: string; path: string }>(
    1,
    (d) => `${d.host}: no space left on ${d.path} (${d.title})`,
    (d) =>
      `free space there (df -h), for example by deleting old releases in ${d.path}/releases; nothing was switched on this instance`,
  ),
  'remote-hash': entry<{ host: string; detail: string }>(
    1,
    (d) => `${d.host}: what arrived is not what was packaged: ${d.detail}`,
    () => `it was removed there and nothing was switched; run the deploy again`,
    true,
  ),
  'remote-missing': entry<{ host: string; title: string; detail: string; what: string; advice: string }>(
    1,
    (d) => `${d.host}: ${d.what} (${d.title}): ${d.detail}`,
    (d) => d.advice,
  ),
  'remote-permission': entry<{ host: string; title: string; detail: string; what: string; advice: string }>(
    1,
    (d) => `${d.host}: ${d.what} (${d.title}): ${d.detail}`,
    (d) => d.advice,
  ),
  'remote-failed': entry<{ host: string; title: string; code: number; detail: string }>(
    1,
    (d) => `${d.host}: exit code ${d.code} (${d.title}): ${d.detail}`,
    () => `the output above shows why`,
  ),
  'remote-timeout': entry<{ host: string; title: string; limit: string }>(
    1,
    (d) => `${d.host}: not finished within ${d.limit} (${d.title})`,
    () => `log in and see what hangs; the command may still run there`,
    true,
  ),
};
