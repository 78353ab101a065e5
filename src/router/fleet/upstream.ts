/** One instance as the router reaches it: its address and the pool of connections to it. */
import { Pool } from 'undici';

export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly pool: Pool;
  close(): Promise<void>;
}

/**
 * Connections are kept for 4 s without use, less than the 5 s after which Node's own server, the quickest of the usual
 * ones, closes them; a server's Keep-Alive hint is honoured less 2 s. So a request that must not be sent twice hardly
 * ever meets a connection which its server is closing. The pool does not retry. Bodies may pause for ever (event
 * streams): the watch looks after them. `answerMs`: for the head, 0: any time.
 */
export function openUpstream(url: URL, answerMs: number): Upstream {
  const pool = new Pool(url.origin, {
    connections: 1024,
    pipelining: 1,
    connect: { timeout: 3000, keepAlive: true },
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
    keepAliveTimeoutThreshold: 2000,
    headersTimeout: answerMs,
    bodyTimeout: 0,
  });
  return { ...addressOf(url), pool, close: () => pool.close() };
}

export const addressOf = (url: URL): { readonly host: string; readonly port: number } => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port === '' ? 80 : url.port),
});
