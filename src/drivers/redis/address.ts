/** Where the store is, read from the configuration. Pure. */
import { isLoopback } from '../../shared/url/loopback.ts';
import type { StoreConfig } from '../../config/types.ts';
import { fail } from '../../errors/common.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { decoded, encodeUserinfo } from '../../shared/url/userinfo.ts';

interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  readonly tls: boolean;
}

/** The parts of a redis:// or rediss:// URL. Throws `store-unreachable` for anything else, without showing it. */
export function readAddress(url: string, shown: string): StoreAddress {
  const parsed = parseUrl(encodeUserinfo(url));
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '')
    throw fail('store-unreachable', { url: shown, reason: 'it is no redis:// or rediss:// URL' });
  const path = parsed.pathname.replace(/^\//, '');
  if (!/^\d{0,5}$/.test(path))
    throw fail('store-unreachable', { url: shown, reason: 'behind its host stands no number of a database' });
  return {
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(parsed.port || 6379),
    username: decoded(parsed.username) || null,
    password: decoded(parsed.password) || null,
    db: Number(path || 0),
    tls: parsed.protocol === 'rediss:',
  };
}

/** A store that anybody on the network could write to; null when there is nothing to warn about. */
export function storeWarning(config: StoreConfig): string | null {
  const { hosts, password } = reach(config);
  const open = hosts.find((host) => !isLoopback(host.toLowerCase().replace(/^::ffff:/, '')));
  if (password || open === undefined) return null;
  return `the store at ${config.shown} has no password and ${open} is not this machine: whoever reaches it can steer deploys and traffic`;
}

function reach(config: StoreConfig): { readonly hosts: readonly string[]; readonly password: boolean } {
  if (config.kind === 'sentinels')
    return { hosts: config.sentinels.map(({ host }) => host), password: config.password !== null };
  const parsed = parseUrl(config.url.reveal());
  const host = parsed?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  return { hosts: host === '' ? [] : [host], password: (parsed?.password ?? '') !== '' };
}
