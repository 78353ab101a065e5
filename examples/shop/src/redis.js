import { Redis } from 'ioredis';

/** A client for reading flags: it fails fast while Redis is away, and comes back by itself. */
export function connectRedis(url, log) {
  const client = new Redis(url, {
    connectTimeout: 1000,
    commandTimeout: 200,
    // A page must never wait in a queue for a store that is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  });
  let away = false;
  client.on('error', (error) => {
    if (!away) log.warn(`Redis is away: ${error.message}`);
    away = true;
  });
  client.on('ready', () => {
    if (away) log.info('Redis is back');
    away = false;
  });
  return { get: (key) => client.get(key), close: () => client.disconnect() };
}
