/** One instance as the router reaches it. */
import { Pool } from './pool.ts';
import type { UpstreamAddress } from './upstream-socket.ts';

export interface Upstream extends UpstreamAddress {
  readonly pool: Pool;
}

export function openUpstream(url: URL): Upstream {
  const address = addressOf(url);
  return { ...address, pool: new Pool(address) };
}

export const addressOf = (url: URL): UpstreamAddress => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port === '' ? 80 : url.port),
});
