/** The words of the system (`ENOENT`) for why there is no connection, as people say it, and what helps: each word has its own. Pure. */
import { codeOf, type SystemFailure } from './error-code.ts';

const unresolved = 'is it spelled as it is meant? getent hosts NAME asks this machine';
const noWay = 'ip route get ADDRESS shows the way; a VPN or a firewall may be in between';
const ofConnections: Readonly<Record<string, SystemFailure>> = {
  ECONNREFUSED: { reason: 'connection refused' },
  ECONNRESET: { reason: 'the connection was reset' },
  EPIPE: { reason: 'the connection was reset' },
  ETIMEDOUT: { reason: 'no connection in time', advice: noWay },
  EHOSTUNREACH: { reason: 'no route to the host', advice: noWay },
  ENETUNREACH: { reason: 'no route to the network', advice: noWay },
  EHOSTDOWN: { reason: 'the host is down', advice: noWay },
  ENOTFOUND: { reason: 'its name does not resolve', advice: unresolved },
  EAI_AGAIN: {
    reason: 'its name does not resolve at the moment',
    advice: 'does the DNS of this machine answer? See /etc/resolv.conf',
  },
  EADDRNOTAVAIL: {
    reason: 'this machine has no address, or no free port, to connect from',
    advice: 'ip address and ss -s show both',
  },
  EACCES: { reason: 'this user may not connect there', advice: 'ls -l shows who may' },
  EPERM: { reason: 'this machine lets no connection out there', advice: 'its firewall may refuse it' },
  ENOENT: { reason: 'there is no such socket', advice: 'does the program run that makes it?' },
  EMFILE: {
    reason: 'too many files are open in this process',
    advice: 'LimitNOFILE in the unit, or ulimit -n, raises the limit',
  },
};

/** Why there is no connection; `message` where the system's word is not known. */
export const connectFailure = (error: unknown, message: string): SystemFailure =>
  ofConnections[codeOf(error)] ?? { reason: message };
