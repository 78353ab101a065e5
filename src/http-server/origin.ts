/** Whose page may ask: a name that was bound anew to this address is refused, and so is another site's page. */
import { isIP } from 'node:net';
import { refusal, type Reply } from './reply.ts';

export interface AllowedHosts {
  /** Without ports, in lower case. */
  readonly names: readonly string[];
  /** Any address: it listens on all of them, and an address cannot be bound anew. */
  readonly anyAddress: boolean;
}

/** The host of a public URL, of the address it listens on, and localhost. */
export function hostsOf(listen: { readonly host: string }, url: string | null): AllowedHosts {
  const names = [url === null ? '' : new URL(url).hostname, listen.host, 'localhost', '127.0.0.1', '[::1]'];
  return {
    names: names.map((name) => bare(name.toLowerCase())),
    anyAddress: ['0.0.0.0', '::', '[::]'].includes(listen.host),
  };
}

/** Why a request that was sent to this name is not for us; null: it is. */
export function hostRefusal(host: string | undefined, { names, anyAddress }: AllowedHosts): Reply | null {
  const name = bare((host ?? '').replace(/:\d+$/, '').toLowerCase());
  if (names.includes(name) || (anyAddress && isIP(name) !== 0)) return null;
  return refusal(421, 'host', 'this name is not served here', `served: ${[...new Set(names)].join(', ')}`);
}

interface OriginCase {
  /** The header; `null` is written by a page without an origin. */
  readonly origin: string | undefined;
  /** Scheme, host and port of the pages that may ask. */
  readonly allowed: readonly string[];
  readonly writes: boolean;
  /** Whether it is known by what a browser sends by itself, also from a page of others. */
  readonly byBrowser: boolean;
}

/** Why a page may not ask this; null: it may. */
export function originRefusal({ origin, allowed, writes, byBrowser }: OriginCase): Reply | null {
  if (origin === undefined)
    return writes && byBrowser
      ? refusal(
          403,
          'origin',
          'a cookie alone changes nothing',
          'send Authorization: Bearer TOKEN, or an Origin',
        )
      : null;
  if (allowed.includes(origin)) return null;
  return refusal(
    403,
    'origin',
    'a page from elsewhere may not ask this',
    `allowed: ${allowed.join(', ') || 'none'}`,
  );
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
