/** Which sockets of a server a question can have come to. Pure. */
import { isLoopback } from '../../shared/url/loopback.ts';
import type { ProofFacts } from '../runtime/proof-facts.ts';

interface Target {
  /** Addresses; null: it is a name, and nobody knows what it means. */
  readonly hosts: readonly string[] | null;
  /** Whether that is the server itself; null: it may be. */
  readonly isHere: boolean | null;
}

interface Bound {
  readonly address: string;
  readonly family: 4 | 6;
}

/** `host` as a URL has it: an address of version 6 in brackets. */
export function targetOf(host: string, { addresses, resolved }: ProofFacts): Target {
  const isOwn = (one: string): boolean => isLoopback(one.replace(/^\[|\]$/g, '')) || addresses.has(one);
  if (isAddress(host)) return { hosts: [host], isHere: isOwn(host) };
  const hosts = resolved.length > 0 ? resolved : null;
  if (isLoopback(host) || (hosts?.every(isOwn) ?? false)) return { hosts, isHere: true };
  return { hosts, isHere: hosts === null || hosts.some(isOwn) ? null : false };
}

export const isAddress = (host: string): boolean => /^(?:\[.*\]|\d+(?:\.\d+){3})$/.test(host);

/** Those to which a connection may come, of the ones that are bound to the port. */
export function reached<T extends Bound>({ hosts, isHere }: Target, bound: readonly T[]): readonly T[] {
  if (hosts === null) return bound;
  const found = hosts.map((host) => reachedAt(host, isHere, bound));
  return bound.filter((one) => found.some((some) => some.includes(one)));
}

function reachedAt<T extends Bound>(host: string, isHere: boolean | null, bound: readonly T[]): readonly T[] {
  const exact = bound.filter(({ address }) => address === host);
  if (exact.length > 0) return exact;
  const family = host.startsWith('[') ? 6 : 4;
  const all = bound.filter(({ address }) => address === '*');
  const same = all.filter((one) => one.family === family);
  // One of version 6 takes connections of both.
  const any = same.length > 0 ? same : family === 4 ? all : [];
  // An address that is translated on the way may come to any that is no loopback.
  if (any.length > 0 || isHere === true) return any;
  return bound.filter(({ address }) => !isLoopback(address.replace(/^\[|\]$/g, '')));
}
