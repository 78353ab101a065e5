import { expect } from 'chai';
import { history, paired } from '../../src/audit/index.ts';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { setFlag } from '../../src/flags/index.ts';
import { acquire, release, show, type Lease } from '../../src/lock/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startRedis, type RunningRedis } from '../support/services/redis.ts';
import { thrown } from '../support/thrown.ts';
import { waitFor } from '../support/wait-for.ts';

const target = { app: 'shop', environment: 'production' };

describe('locks, flags and the audit in Redis', function () {
  this.timeout(120_000);
  before(needs('redis-server'));
  let redis: RunningRedis;
  let store: Store;
  let other: Store;
  const leases: Lease[] = [];
  const log = quietLog();
  const take = async (
    holder: string,
    own: Store,
    more: { leaseMs?: number; waitMs?: number } = {},
  ): Promise<Lease> => {
    const asked = {
      app: 'shop',
      environments: ['production'],
      holder,
      run: holder,
      reason: 'deploy',
      url: '',
    };
    const ports = { store: own, clock: realClock, random: realRandom, log };
    const lease = await acquire({ ...asked, leaseMs: 6000, waitMs: 0, ...more }, ports);
    leases.push(lease);
    return lease;
  };
  beforeEach(async () => {
    redis = await startRedis();
    store = await openRedis(buildStore(redis.url));
    other = await openRedis(buildStore(redis.url));
  });
  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.release();
    await store.close();
    await other.close();
    await redis.stop();
  });

  it('let exactly one of two clients have it, and the next one after it', async () => {
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => take(`run ${n}`, n % 2 ? store : other)),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const waiting = take('next', other, { waitMs: 20_000 });
    await leases[0]?.release();
    expect((await waiting).token).to.equal(2);
  });

  it('outlast their lease while they are renewed, and run out when the holder is gone', async () => {
    const lease = await take('run 1', store, { leaseMs: 2000 });
    // More than three leases: renewed about ten times.
    const end = Date.now() + 6500;
    await waitFor('time to pass', () => Date.now() > end);
    expect(lease.lost.aborted).to.equal(false);
    expect((await show(target, other))?.holder).to.equal('run 1');
    // The connection dies with its process: nobody renews any more.
    await store.close();
    await waitFor('the lock to run out', async () => (await show(target, other)) === null);
    await waitFor('the holder to notice', () => lease.lost.aborted);
  });

  it('survive a Redis that comes back empty within the lease, and then give greater tokens', async () => {
    const lease = await take('run 1', store);
    await lease.raise(40);
    await redis.restart();
    await waitFor('the lock anew', async () => (await show(target, other))?.token === 41);
    expect(lease.lost.aborted).to.equal(false);
    expect(await lease.raise(41)).to.equal(42);
  });

  it('are lost when Redis stays away, at the end of the lease', async () => {
    const lease = await take('run 1', store, { leaseMs: 1500 });
    await redis.kill();
    await waitFor('the end of the lease', () => lease.lost.aborted);
    expect(String(lease.lost.reason.message)).to.include('could not be renewed in time');
    await redis.restart();
  });

  it('can be stolen, and the holder stops', async () => {
    const lease = await take('run 1', store);
    const ports = { store: other, clock: realClock, log };
    const actor = { name: 'anna', url: '', run: 'desk' };
    expect((await thrown(release({ ...target, actor, steal: false }, ports))).code).to.equal('lock-foreign');
    await release({ ...target, actor, steal: true }, ports);
    await waitFor('the holder to notice', () => lease.lost.aborted);
    expect(await show(target, other)).to.equal(null);
    const { entries } = await history(other, 'shop', 10);
    expect(paired(entries).map(({ outcome }) => outcome?.outcome)).to.deep.equal(['done']);
  });

  it('set flags that a plain GET reads, also when many set at once', async () => {
    const ports = (own: Store) => ({ store: own, clock: realClock, log });
    const set = (n: number) =>
      setFlag(
        { app: 'shop', name: 'checkout', state: n % 2 ? 'on' : 'off', actor: { name: `run ${n}`, url: '' } },
        ports(n % 3 ? store : other),
      );
    await Promise.all(Array.from({ length: 12 }, (_, n) => set(n)));
    const record = JSON.parse((await store.get('canopy:shop:flag:checkout')) ?? '') as { state: string };
    expect(await store.get('flag:shop:checkout')).to.equal(record.state === 'on' ? '1' : '0');
    await set(1);
    expect(await store.get('flag:shop:checkout')).to.equal('1');
    expect(await redis.tell('GET', 'flag:shop:checkout')).to.equal('$1');
  });
});
