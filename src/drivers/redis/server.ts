/** One Redis server that is asked whether it is there, as a store or as anybody's. */
import type { StoreConfig } from '../../config/types.ts';
import type { RedisServer } from '../../ports/ports.ts';
import { connection, finderFor } from './connect.ts';
import { storeError } from './errors.ts';

/** Nothing is opened before the first question. `onLost`: its connection has broken. */
export async function openRedisServer(config: StoreConfig, onLost: () => void): Promise<RedisServer> {
  const { client, ready, trouble, close } = connection(config, await finderFor(config));
  let stood = false;
  client.on('ready', () => (stood = true));
  client.on('close', () => {
    if (stood) onLost();
    stood = false;
  });
  return {
    ask: async () => {
      try {
        await ready();
        await client.ping();
        return { replication: String(await client.call('INFO', 'replication')) };
      } catch (error) {
        return { wrong: withoutPlace(storeError(error, config, trouble()).message) };
      }
    },
    close,
  };
}

/** Who asks knows which server it is, and it may be no store of ours. */
const withoutPlace = (message: string): string =>
  message.replace(/^the store at \S+ (?:does not answer: )?/, '').replace(/^(refused|takes) /, 'it $1 ');
