/** Why an address cannot be listened on, in words, and what helps: each reason has its own. Pure. */
interface ListenFailure {
  readonly reason: string;
  readonly advice: string;
}

const known: Readonly<Record<string, ListenFailure>> = {
  EADDRINUSE: {
    reason: 'address already in use',
    advice: 'is another router running there? ss -ltnp shows who listens',
  },
  EACCES: {
    reason: 'this user may not listen there',
    advice:
      'ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, sockets of systemd (canopy explain systemd --unit socket), or a port above 1023',
  },
  EADDRNOTAVAIL: {
    reason: 'this machine has no such address',
    advice: 'ip address shows those that it has; 0.0.0.0 and [::] stand for all',
  },
  EAFNOSUPPORT: {
    reason: 'this machine does not speak that kind of address',
    advice: 'IPv6 may be off here: give an IPv4 address',
  },
  ENOTFOUND: { reason: 'its name does not resolve here', advice: 'give an address, or see /etc/hosts' },
  EAI_AGAIN: { reason: 'its name does not resolve now', advice: 'give an address, or see /etc/resolv.conf' },
  EMFILE: {
    reason: 'too many files are open in this process',
    advice: 'LimitNOFILE in the unit, or ulimit -n, raises the limit',
  },
  ENFILE: {
    reason: 'too many files are open on this machine',
    advice: 'sysctl fs.file-max raises the limit',
  },
};
/** The same right by another name. */
const same: Readonly<Record<string, string>> = { EPERM: 'EACCES' };

/** `code` is the system's word, `message` what is told where that one is not known. */
export const listenFailure = (code: string, message: string): ListenFailure =>
  known[same[code] ?? code] ?? { reason: message, advice: 'the system refuses it' };
