/** The default gateway of this machine, and whether the network card has heard of it, as Linux tells both. Pure. */

/** The address in the text of /proc/net/route: of the default route with the lowest metric; null: there is none. */
export function gatewayIn(route: string): string | null {
  const routes = route
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    // Up, by a gateway, to everywhere.
    .filter(
      ([, to, , flags = '0', , , , mask]) =>
        to === '00000000' && mask === '00000000' && (Number.parseInt(flags, 16) & 3) === 3,
    )
    .sort((a, b) => Number(a[6]) - Number(b[6]));
  const hex = routes[0]?.[2];
  if (hex === undefined || !/^[\da-f]{8}$/i.test(hex)) return null;
  // As this machine keeps it: the last byte first.
  return (hex.match(/../g) ?? [])
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}

/** Whether /proc/net/arp has its hardware address: it has answered, whatever it lets through. */
export const isHeard = (arp: string, address: string): boolean =>
  arp.split('\n').some((line) => {
    const [ip, , flags = '0', hardware] = line.trim().split(/\s+/);
    return ip === address && (Number.parseInt(flags, 16) & 2) === 2 && hardware !== '00:00:00:00:00:00';
  });
