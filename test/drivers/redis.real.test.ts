import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { StoreConfig } from '../../src/config/types.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import type { Store } from '../../src/ports/ports.ts';
import { Secret } from '../../src/shared/secret.ts';
import { builtRedis } from '../support/services/built-redis.ts';
import { needs } from '../support/needs.ts';
import { startRedis, type RedisOptions, type RunningRedis } from '../support/services/redis.ts';
import { freePort, tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { waitFor } from '../support/wait-for.ts';

const password = 'hunter2/+@%';
const at = (url: string, requireAuth = false): StoreConfig => {
  const shown = url.replace(/\/\/.*@/, '//');
  return { kind: 'url', url: new Secret(url), shown, requireAuth };
};
/** Every form in which the password could be seen. */
const leaks = (error: unknown): string[] => {
  const text = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + String(error);
  return [password, encodeURIComponent(password)].filter((form) => text.includes(form));
};

const drivers = [
  ['the Redis driver', async () => openRedis],
  ['the Redis driver, as it is built', builtRedis],
] as const;

for (const [title, driver] of drivers) {
  describe(title, function () {
    this.timeout(60_000);
    before(needs('redis-server'));
    let openStore: typeof openRedis;
    before(async () => {
      openStore = await driver();
    });
    const folder = tempFolder();
    const servers: RunningRedis[] = [];
    const stores: Store[] = [];
    const server = async (options?: RedisOptions): Promise<RunningRedis> => {
      const redis = await startRedis(options);
      servers.push(redis);
      return redis;
    };
    const open = async (config: StoreConfig, patient = false): Promise<Store> => {
      const store = await openStore(config, { patient });
      stores.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
      for (const redis of servers.splice(0)) await redis.stop();
    });

    it('says that nobody listens, at once', async () => {
      const port = await freePort();
      const error = await thrown(open(at(`redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/0`)));
      expect(error.code).to.equal('store-unreachable');
      expect(error.message).to.include(`redis://127.0.0.1:${port}/0`).and.to.include('connection refused');
      expect(leaks(error)).to.deep.equal([]);
    });

    it('says that a name does not resolve', async () => {
      const error = await thrown(open(at('redis://nobody.invalid:6379/0')));
      expect(error.message).to.match(/does not resolve/);
    });

    it('uses the password and the database of the URL', async () => {
      const redis = await server({ password });
      const store = await open(at(redis.url.replace('/0', '/3'), true));
      await store.set('k', 'v');
      expect(await redis.tell('GET', 'k')).to.equal('$-1');
      const same = await open(at(redis.url.replace('/0', '/3')));
      expect(await same.get('k')).to.equal('v');
    });

    it('says that the password is missing or wrong, and never shows it', async () => {
      const redis = await server({ password: 'another' });
      const wrong = encodeURIComponent(password);
      for (const user of ['', `:${wrong}@`, `someone:${wrong}@`]) {
        const error = await thrown(open(at(`redis://${user}127.0.0.1:${redis.port}/0`)));
        expect(error.code, user).to.equal('store-auth');
        expect(leaks(error)).to.deep.equal([]);
      }
    });

    it('refuses a store without password when it has to have one', async () => {
      const redis = await server();
      const secret = encodeURIComponent(password);
      for (const user of ['', `default:${secret}@`]) {
        const error = await thrown(open(at(`redis://${user}127.0.0.1:${redis.port}/0`, true)));
        expect(error.code).to.equal('store-no-password');
        expect(leaks(error)).to.deep.equal([]);
      }
    });

    it('checks that later when it could not be checked at first', async () => {
      const port = await freePort();
      const store = await open(at(`redis://127.0.0.1:${port}/0`, true), true);
      expect((await thrown(store.get('k'))).code).to.equal('store-unreachable');
      await server({ port });
      const error = await waitFor('the refusal', async () => {
        const one = await thrown(store.set('k', 'v'));
        return one.code === 'store-no-password' ? one : null;
      });
      expect(error.exit).to.equal(2);
    });

    it('opens without Redis for a service, and is there when Redis is', async () => {
      const port = await freePort();
      const store = await open(at(`redis://127.0.0.1:${port}/0`), true);
      expect((await thrown(store.get('k'))).message).to.include('connection refused');
      expect((await thrown(store.subscribe('c', () => undefined))).code).to.equal('store-unreachable');
      await server({ port });
      await waitFor('the store', async () => store.set('k', 'v'));
      const heard: (string | null)[] = [];
      await waitFor('the subscription', () => store.subscribe('c', (message) => heard.push(message)));
      await store.publish('c', 'x');
      await waitFor('the message', () => heard.includes('x'));
    });

    it('says that a replica takes no writes', async () => {
      const master = await server();
      const replica = await server({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
      const store = await open(at(replica.url));
      for (const work of [
        () => store.set('k', 'v'),
        () => store.swap('k', null, 'v'),
        () => store.next('k', 0),
        () => store.append('s', { a: '1' }, 10),
      ])
        expect((await thrown(waitForWrite(work))).code).to.equal('store-readonly');
    });

    it('gives up on a Redis that does not answer, and comes back to it', async () => {
      const redis = await server();
      const store = await open(at(redis.url));
      await store.set('k', 'v');
      redis.freeze();
      const error = await thrown(store.get('k'));
      expect(error.code).to.equal('store-unreachable');
      redis.thaw();
      expect(await waitFor('the value', () => store.get('k'))).to.equal('v');
    });

    it('does not carry out later what failed while it was away', async () => {
      const redis = await server({ keep: true });
      const store = await open(at(redis.url));
      await redis.kill();
      await thrown(store.next('n', 0));
      await thrown(store.append('s', { a: '1' }, 10));
      await redis.restart();
      await waitFor('the store', async () => store.set('k', 'v'));
      expect(await store.get('n')).to.equal(null);
      expect(await store.tail('s', 1)).to.deep.equal([]);
    });

    it('says what else Redis refuses', async () => {
      const redis = await server({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] });
      const store = await open(at(redis.url));
      expect((await thrown(store.set('k', 'v'.repeat(100)))).code).to.equal('store-refused');
      expect(await store.get('k')).to.equal(null);
    });

    it('does not trust a certificate that nobody vouches for', async function () {
      const [key, cert] = [join(folder(), 'key.pem'), join(folder(), 'cert.pem')];
      const words =
        'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost';
      execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
      const tlsPort = await freePort();
      await server({
        args: [
          ...['--tls-port', String(tlsPort), '--tls-cert-file', cert, '--tls-key-file', key],
          ...['--tls-auth-clients', 'no'],
        ],
      });
      const error = await thrown(open(at(`rediss://localhost:${tlsPort}/0`)));
      expect(error.code).to.equal('store-unreachable');
      expect(error.message).to.match(/self.signed/);
    });
  });
}

/** A replica answers LOADING or MASTERDOWN for a moment. */
async function waitForWrite(work: () => Promise<unknown>): Promise<unknown> {
  return waitFor('an answer that stands', async () => {
    const error = await thrown(work());
    return error.code === 'store-unreachable' ? null : Promise.resolve({ error });
  }).then(({ error }) => Promise.reject(error));
}
