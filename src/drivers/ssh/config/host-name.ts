/** The form in which OpenSSH goes on with a host. Pure. */
import { isIPv4, isIPv6 } from 'node:net';
import { fail } from '../../../errors.ts';

/** Names in lower case, addresses in their short form; throws `ssh-address` for numbers that only the C library reads as an address. */
export function canonicalHost(host: string, family?: string): string {
  if (isIPv4(host)) return host;
  const [address = '', scope] = host.split('%', 2);
  if (isIPv6(address)) {
    if (family?.toLowerCase() === 'inet') return host;
    const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
    // These are written with the dots of the address inside.
    if (/^::(ffff:)?[0-9a-f]+:[0-9a-f]+$/.test(short)) return host.toLowerCase();
    return scope === undefined ? short : `${short}%${scope}`;
  }
  if (/^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}\.?$/i.test(host)) throw fail('ssh-address', { host });
  return host.toLowerCase();
}
