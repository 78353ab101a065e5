/** The machines that ProxyJump names. Pure. */
import { readAddress } from '../../../shared/url/ssh-address.ts';

/** As they are written, the nearest first; `none` alone is none. Null: one of them is no address, or `none` with a comment, a host of that name to some versions. */
export function hopsOf(text: string): string[] | null {
  if (text.toLowerCase() === 'none') return ['none'];
  const hops = text.replace(/#.*$/s, '').trimEnd().split(',');
  const plain = hops.map((hop) => hop.replace(/%[%hnpr]/g, 'x'));
  return plain.every((hop) => hop.toLowerCase() !== 'none' && readAddress(hop) !== null) ? hops : null;
}
