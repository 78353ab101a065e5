import { expect } from 'chai';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { acquire } from '../../src/lock/acquire.ts';
import type { Store } from '../../src/ports/ports.ts';
import { builtRedis } from '../support/services/built-redis.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startRedis, type RedisOptions, type RunningRedis } from '../support/services/redis.ts';
import { freePort } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { waitFor } from '../support/wait-for.ts';

const password = 'hunter2';

const drivers = [
  ['the Redis driver with Sentinel', async () => openRedis],
  ['the Redis driver with Sentinel, as it is built', builtRedis],
] as const;

for (const [title, driver] of drivers) {
  describe(title, function () {
    this.timeout(90_000);
    before(needs('redis-server'));
    let openStore: typeof openRedis;
    before(async () => {
      openStore = await driver();
    });
    const servers: RunningRedis[] = [];
    const stores: Store[] = [];
    const server = async (options: RedisOptions): Promise<RunningRedis> => {
      const redis = await startRedis(options);
      servers.push(redis);
      return redis;
    };
    const open = async (ports: readonly number[], patient = false): Promise<Store> => {
      const config = buildStore({
        sentinels: ports.map((port) => ({ host: '127.0.0.1', port })),
        name: 'mymaster',
        password,
      });
      const store = await openStore(config, { patient });
      stores.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
      for (const redis of servers.splice(0).reverse()) await redis.stop();
    });

    it('follows the master through a failover, and its subscribers hear of it', async () => {
      const auth = ['--masterauth', password];
      const master = await server({ password, args: auth });
      const replica = await server({
        password,
        args: [...auth, '--replicaof', '127.0.0.1', String(master.port)],
      });
      const sentinel = await server({ sentinel: { name: 'mymaster', master: master.port, password } });
      await waitFor(
        'the Sentinel to know the replica',
        async () => {
          const known = await sentinel.tell('SENTINEL', 'REPLICAS', 'mymaster');
          return known === '*1';
        },
        30_000,
      );

      const away = await freePort();
      const store = await open([away, sentinel.port]);
      const heard: (string | null)[] = [];
      await store.subscribe('c', (message) => heard.push(message));
      await store.set('k', 'before');
      await waitFor('the replica to have it', async () => (await replica.tell('GET', 'k')) === '$6');
      await master.kill();
      expect((await thrown(store.set('k', 'lost'))).code).to.equal('store-unreachable');
      await waitFor('a write on the new master', async () => store.set('k', 'after'), 60_000);
      expect(await replica.tell('GET', 'k')).to.equal('$5');
      await waitFor('the subscription anew', () => heard.length >= 2, 30_000);
      await store.publish('c', 'x');
      await waitFor('the message', () => heard.includes('x'));
      expect(heard.slice(0, 2)).to.deep.equal([null, null]);
    });

    it('leaves a master that was replaced while it was away for a moment: a lock is released where it is', async () => {
      const args = ['--repl-diskless-sync-delay', '0', '--masterauth', password];
      const master = await server({ password, args });
      const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
      const replica = await server({ password, args: [...args, ...replicaOf] });
      const settings = { name: 'mymaster', master: master.port, password };
      const sentinels = [await server({ sentinel: settings }), await server({ sentinel: settings })];
      const store = await open(sentinels.map(({ port }) => port));
      const log = quietLog();
      const lease = await acquire(
        {
          ...{ app: 'shop', environments: ['production'], holder: 'shop #7', run: 'shop #7' },
          ...{ reason: 'deploy', url: '', leaseMs: 60_000, waitMs: 0 },
        },
        { store, log, clock: realClock, random: realRandom },
      );
      expect(await store.isInCharge()).to.equal(true);
      const holds = async () => (await replica.tell('EXISTS', 'canopy:shop:lock:production')) === ':1';
      await waitFor('the lock on the replica', holds);
      for (const sentinel of sentinels)
        await waitFor('the Sentinel to know the replica', async () => {
          return (await sentinel.tell('SENTINEL', 'REPLICAS', 'mymaster')) === '*1';
        });

      master.freeze();
      await waitFor(
        'another master',
        async () => (await replica.tell('SET', 'probe', '1')) === '+OK',
        60_000,
      );
      master.thaw();
      // It goes on answering as if nothing had happened.
      await waitFor('a write', () => store.set('end', 'done'));
      await lease.release();
      expect(await holds(), log.lines.join()).to.equal(false);
      expect(log.lines.join()).to.not.contain('was not released');
    });

    it('says that no Sentinel answers, and finds one later when it is patient', async () => {
      const port = await freePort();
      const error = await thrown(open([port]));
      expect(error.code).to.equal('store-unreachable');
      expect(error.message).to.include(`127.0.0.1:${port}`).and.not.to.include(password);
      const store = await open([port], true);
      expect((await thrown(store.get('k'))).message).to.include('no Sentinel answers');
      const master = await server({ password });
      await server({ port, sentinel: { name: 'mymaster', master: master.port, password } });
      await waitFor('the store', async () => store.set('k', 'v'), 30_000);
    });

    it('says that the Sentinel does not know the name', async () => {
      const master = await server({ password });
      const sentinel = await server({ sentinel: { name: 'other', master: master.port } });
      const error = await thrown(open([sentinel.port]));
      expect(error.code).to.equal('store-unreachable');
    });
  });
}
