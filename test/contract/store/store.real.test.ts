import { setTimeout as sleep } from 'node:timers/promises';
import { openRedis } from '../../../src/drivers/redis/redis.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { builtRedis } from '../../support/services/built-redis.ts';
import { needs } from '../../support/needs.ts';
import { startRedis } from '../../support/services/redis.ts';
import { storeContract } from './store.ts';
import type { StoreWorld } from './store-world.ts';

describe('Redis', function () {
  this.timeout(60_000);
  before(needs('redis-server'));

  const world = async (open: typeof openRedis): Promise<StoreWorld> => {
    const redis = await startRedis({ keep: true });
    const url = new Secret(redis.url);
    return {
      open: () => open({ kind: 'url', url, shown: 'redis://127.0.0.1', requireAuth: false }),
      down: () => redis.kill(),
      up: () => redis.restart(),
      wipe: async () => void (await redis.tell('FLUSHALL')),
      // Redis has a clock of its own: time has to pass.
      elapse: (ms) => sleep(ms + 50),
      close: () => redis.stop(),
    };
  };
  storeContract('Redis', () => world(openRedis));
  storeContract('Redis, by the client as it is built', async () => world(await builtRedis()));
});
