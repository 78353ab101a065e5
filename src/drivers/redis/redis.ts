/** The store in Redis: a URL, TLS, or the master that Sentinel names. It does not retry: what to do when Redis is away is decided by who asks. */
import type { StoreConfig } from '../../config/types.ts';
import { fail } from '../../errors/common.ts';
import type { Store, StreamEntry } from '../../ports/ports.ts';
import { connection, finderFor, type Finder, type RedisConnection } from './connect.ts';
import { storeError } from './errors.ts';
import { nextScript, swapScript } from './scripts.ts';
import { subscriber } from './subscriber.ts';

export { storeWarning } from './address.ts';

interface RedisOptions {
  /** For services: open even when Redis is away; calls fail until it is there. */
  readonly patient?: boolean;
}

/**
 * Opens the store. While Redis is away calls reject at once with `store-unreachable` and the connection is tried again behind
 * them, at most a second apart. Throws `store-unreachable`, `store-auth`, `store-no-password`; calls throw also
 * `store-readonly`, `store-refused`, `store-record`.
 */
export async function openRedis(config: StoreConfig, options: RedisOptions = {}): Promise<Store> {
  const { client, heard, call, isClosed, close } = await openCalls(config, options);
  return {
    get: (key) => call(() => client.get(key)),
    set: async (key, value, { ttlMs, ifAbsent = false } = {}) => {
      const parts = [...(ttlMs === undefined ? [] : ['PX', lifetime(ttlMs)]), ...(ifAbsent ? ['NX'] : [])];
      return call(async () => (await client.call('SET', key, value, ...parts)) === 'OK');
    },
    swap: async (key, expected, next, ttlMs, fence) => {
      const ttl = ttlMs === undefined ? '0' : lifetime(ttlMs);
      const keys = fence === undefined ? [key] : [key, fence.key];
      const wanted = [...optional(expected), ...optional(next), ttl, fence?.value ?? ''];
      return call(async () => (await client.eval(swapScript, keys.length, ...keys, ...wanted)) === 1);
    },
    remove: (key) => call(async () => (await client.del(key)) === 1),
    list: (prefix) => call(() => scan(client, prefix)),
    next: (key, atLeast) =>
      call(async () => Number(await client.eval(nextScript, 1, key, String(atLeast))), key),
    append: (stream, entry, keep) =>
      call(async () => {
        const fields = Object.entries(entry).flat();
        return String(await client.call('XADD', stream, 'MAXLEN', '~', String(keep), '*', ...fields));
      }),
    tail: (stream, count) =>
      call(async () => {
        const found = await client.xrevrange(stream, '+', '-', 'COUNT', count);
        return found.map(([id, fields]) => ({ id, fields: paired(fields) }) satisfies StreamEntry);
      }),
    publish: (channel, message) => call(async () => void (await client.publish(channel, message))),
    subscribe: (channel, listener) =>
      call(
        async () => {
          const leave = await heard.subscribe(channel, listener);
          return () => (isClosed() ? Promise.resolve() : call(leave, undefined, heard.trouble));
        },
        undefined,
        heard.trouble,
      ),
    isInCharge: () => call(() => isInCharge(config, client)),
    close,
  };
}

interface Calls {
  readonly client: RedisConnection['client'];
  readonly heard: ReturnType<typeof subscriber>;
  /** Every call goes through here: what the client throws becomes an error of the catalogue. */
  call<T>(work: () => Promise<T>, key?: string, trouble?: () => unknown): Promise<T>;
  isClosed(): boolean;
  close(): Promise<void>;
}

async function openCalls(config: StoreConfig, options: RedisOptions): Promise<Calls> {
  const finder = await finderFor(config);
  const main = connection(config, finder);
  const heard = subscriber(() => connection(config, finder));
  let closed = false;
  let admitted = !config.requireAuth;
  const calls: Calls = {
    client: main.client,
    heard,
    async call(work, key, trouble = main.trouble) {
      if (closed) throw fail('store-unreachable', { url: config.shown, reason: 'it was closed' });
      try {
        if (!admitted) await refuseOpen(config, finder);
        admitted = true;
        return await work();
      } catch (error) {
        throw storeError(error, config, trouble(), key);
      }
    },
    isClosed: () => closed,
    async close() {
      closed = true;
      heard.close();
      main.close();
    },
  };
  try {
    await calls.call(() => main.ready());
  } catch (error) {
    if (options.patient === true) return calls;
    await calls.close();
    throw error;
  }
  return calls;
}

/** Whether the sentinels name the server that we are connected to; one that they do not is left. */
async function isInCharge(config: StoreConfig, client: RedisConnection['client']): Promise<boolean> {
  if (config.kind !== 'sentinels') return true;
  const { inChargeBy, runIdIn } = await import('./in-charge.ts');
  const own = runIdIn(String(await client.call('INFO', 'server')));
  const found = await inChargeBy(config);
  if (own === null || found.kind === 'unknown') return true;
  if (found.kind === 'server' && found.runId === own) return true;
  if (found.kind === 'server') client.disconnect(true);
  return false;
}

async function scan(client: RedisConnection['client'], prefix: string): Promise<string[]> {
  const pattern = `${prefix.replace(/[\\*?[\]^]/g, '\\$&')}*`;
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', pattern, 'COUNT', 500);
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found].sort();
}

/** Asks without a password: a store that answers asks nobody for one. */
async function refuseOpen(config: StoreConfig, finder: Finder): Promise<void> {
  const stranger = connection(config, finder, false);
  try {
    await stranger.ready();
  } catch (error) {
    const refused = storeError(error, config, stranger.trouble());
    if (refused.code !== 'store-auth') throw refused;
    return;
  } finally {
    stranger.close();
  }
  throw fail('store-no-password', { url: config.shown });
}

const optional = (value: string | null): [string, string] => (value === null ? ['0', ''] : ['1', value]);

/** Redis takes whole milliseconds, and at least one. */
function lifetime(ms: number): string {
  if (!(ms > 0)) throw new RangeError(`a lifetime of ${ms} ms`);
  return String(Math.ceil(ms));
}

function paired(fields: readonly string[]): Record<string, string> {
  const entry: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) entry[fields[at] ?? ''] = fields[at + 1] ?? '';
  return entry;
}
