/** Which peers are proxies of ours. */
import { BlockList, isIP } from 'node:net';
import { fail } from '../../errors.ts';
import type { Peer } from '../http/headers.ts';

/** Tells for an address whether it is in the list of addresses and CIDR ranges. Throws `router-proxy`. */
export function peerReader(trusted: readonly string[]): (address: string | undefined) => Peer {
  const list = new BlockList();
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/');
    const version = isIP(address);
    const longest = version === 6 ? 128 : 32;
    if (version === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= longest))) {
      throw fail('router-proxy', { entry });
    }
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  const none = trusted.length === 0;
  return (raw) => {
    const address = plain(raw ?? 'unknown');
    return {
      address,
      trusted: !none && isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
    };
  };
}

/** An IPv4 address that came in over an IPv6 socket, written as what it is. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
