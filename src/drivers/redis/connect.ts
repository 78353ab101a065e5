/** Connections to Redis, with every option of the client that decides what happens when Redis is away. */
import { Redis, type RedisOptions } from 'ioredis';
import type { StoreConfig } from '../../config/types.ts';
import type { Client } from './commands.ts';
import { storeError } from './errors.ts';
import { readAddress } from './address.ts';

/** Milliseconds that a connection may take to stand, and that a command may take to be answered. */
const connectMs = 3000;
const commandMs = 3000;

/** What finds the server that Sentinels name; null for a store that has an address. */
export type Finder = NonNullable<RedisOptions['Connector']> | null;

export const finderFor = async ({ kind }: StoreConfig): Promise<Finder> =>
  kind === 'sentinels' ? ((await import('./sentinel.ts')).SentinelConnector as Finder) : null;

export interface RedisConnection {
  readonly client: Client;
  /** What it complained about last; null while it stands. */
  trouble(): unknown;
  /** Resolves when it stands; rejects at the first complaint, though it goes on trying. */
  ready(): Promise<void>;
  close(): void;
}

/** A connection that is not opened before `ready()`; from then on it reconnects until it is closed. */
export function connection(config: StoreConfig, finder: Finder, withPassword = true): RedisConnection {
  const client = new Redis({
    ...common,
    ...where(config, withPassword),
    ...(finder === null ? {} : { Connector: finder }),
    replyMapping: 'legacy',
  });
  let trouble: unknown = null;
  let fresh = true;
  client.on('error', (error: unknown) => {
    trouble = error;
  });
  client.on('ready', () => {
    trouble = null;
  });

  return {
    client,
    trouble: () => trouble,
    ready: () =>
      new Promise((resolve, reject) => {
        if (client.status === 'ready') return resolve();
        if (client.status === 'end') return reject(new Error('Connection is closed.'));
        const forget = (): void => {
          client.off('ready', stands);
          client.off('error', complains);
        };
        const stands = (): void => {
          forget();
          resolve();
        };
        const complains = (error: unknown): void => {
          forget();
          reject(storeError(error, config, trouble));
        };
        client.once('ready', stands);
        client.once('error', complains);
        if (!fresh) return;
        fresh = false;
        client.connect().catch((error: unknown) => {
          // The complaint of the connection came before this and says more.
          trouble ??= error;
          complains(error);
        });
      }),
    close: () => client.disconnect(),
  };
}

const common: RedisOptions = {
  // The replies we use are the same in both protocols, and the old one is spoken by every server and proxy.
  protocol: 2,
  lazyConnect: true,
  // Away means that calls fail at once: nothing waits in the client and nothing is sent twice.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  autoResubscribe: false,
  connectTimeout: connectMs,
  commandTimeout: commandMs,
  // A server that vanished without a word: the connection is given up, so that a new one can be made.
  socketTimeout: commandMs + 2000,
  keepAlive: 10_000,
  disconnectTimeout: 500,
  enableReadyCheck: true,
  maxLoadingRetryTime: 1000,
  retryStrategy: (times) =>
    Math.min(50 * 2 ** Math.min(times - 1, 10), 1000) + Math.floor(Math.random() * 50),
  // After a failover the old master may keep the connection and refuse writes.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  sentinelRetryStrategy: (times) => Math.min(100 * times, 1000),
  sentinelCommandTimeout: commandMs,
  failoverDetector: false,
  connectionName: 'canopy',
  disableClientInfo: true,
};

function where(config: StoreConfig, withPassword: boolean): RedisOptions {
  if (config.kind === 'sentinels') {
    const password = withPassword ? config.password?.reveal() : undefined;
    return {
      sentinels: config.sentinels.map(({ host, port }) => ({ host, port })),
      name: config.name,
      role: 'master',
      ...(password === undefined ? {} : { password }),
    };
  }
  const { host, port, username, password, db, tls } = readAddress(config.url.reveal(), config.shown);
  return {
    host,
    port,
    db,
    ...(withPassword && username !== null ? { username } : {}),
    ...(withPassword && password !== null ? { password } : {}),
    ...(tls ? { tls: { servername: host } } : {}),
  };
}
