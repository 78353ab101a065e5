import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { realClock } from '../../src/drivers/clock.ts';
import { realRandom } from '../../src/drivers/random.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { acquire, show } from '../../src/lock/index.ts';
import type { Store } from '../../src/ports/ports.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWorld, type Running, type World } from '../support/worlds/world.ts';

const target = { app: 'shop', environment: 'production' };
/** Nobody's build: the user on this machine. */
const desk = { BUILD_TAG: '', BUILD_URL: '', JOB_NAME: '', BUILD_NUMBER: '' };
const build = { BUILD_TAG: 'jenkins-shop-7', BUILD_URL: 'http://jenkins/7/' };

describe('the lock of running steps', function () {
  this.timeout(180_000);
  before(needs('redis-server', 'sshd', 'git'));
  let world: World;
  let store: Store;
  const open = (): string => join(world.folder, 'open');

  before(async () => {
    world = await startWorld(1);
    // A deploy stands in its hook until the file is there; the lease is so long that nothing here is its end.
    const hook = `hooks: { prepare: 'while [ ! -e ${open()} ]; do sleep 0.05; done' }`;
    const file = join(world.repo, 'canopy.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('lock: { lease: 3s }', `lock: { lease: 10m, wait: 5m }\n    ${hook}`));
    store = await openRedis(buildStore(world.redis.url));
    world.commit('1');
    expect((await world.canopy(['package'])).code).to.equal(0);
  });
  after(async () => {
    await store?.close();
    await world?.stop();
  });

  const deploy = (env: Readonly<Record<string, string>>): Running =>
    world.begin(['deploy', '--environment', 'production', '--json'], env);
  const release = (env: Readonly<Record<string, string>>, ...more: string[]) =>
    world.canopy(['lock', 'release', '--environment', 'production', ...more], env);
  const inHook = (run: Running): Promise<unknown> =>
    waitFor('the hook', () => /prepare/.test(run.output().split('web-1').slice(1).join()));

  it('names its holder to one that waits; that one ends with 5 when it is told to stop, and takes nothing', async () => {
    const log = quietLog();
    const asked = { app: 'shop', environments: ['production'], reason: 'a look by hand', url: '' };
    const lease = await acquire(
      { ...asked, holder: 'anna@desk', run: 'desk, process 12', leaseMs: 600_000, waitMs: 0 },
      { store, clock: realClock, random: realRandom, log },
    );
    const run = deploy(desk);
    const line = 'waiting for the lock on production: anna@desk (desk, process 12) has it: a look by hand';
    await waitFor('the holder’s name', () => run.output().includes(line));
    run.child.kill('SIGTERM');
    const { code, json } = await run.ended;
    expect([code, json.outcome, json.errors[0].code]).to.deep.equal([5, 'aborted', 'aborted']);
    expect((await show(target, store))?.holder).to.equal('anna@desk');
    await lease.release();
    expect(await show(target, store)).to.equal(null);
  });

  it('is free as soon as its holder is stopped by SIGTERM, long before the lease ends', async () => {
    const run = deploy(desk);
    await inHook(run);
    const held = await show(target, store);
    expect(held?.run).to.include(`process ${run.child.pid},`);
    run.child.kill('SIGTERM');
    await waitFor('the safe stop', () => run.output().includes('coming to a safe stop'));
    writeFileSync(open(), '');
    const { code, stderr } = await run.ended;
    expect(code, stderr).to.equal(5);
    expect(await show(target, store)).to.equal(null);
  });

  it('is not released by another process of the same user, but stolen, which is written down', async () => {
    const log = quietLog();
    const user = (await release(desk, '--steal')).json;
    expect(user.outcome).to.equal('unchanged');
    const asked = { app: 'shop', environments: ['production'], reason: 'deploy r1', url: '' };
    const lease = await acquire(
      { ...asked, holder: 'anna@desk', run: 'desk, process 12', leaseMs: 600_000, waitMs: 0 },
      { store, clock: realClock, random: realRandom, log },
    );
    const refused = await release(desk);
    expect([refused.code, refused.json.errors[0].code]).to.deep.equal([4, 'lock-foreign']);
    expect(refused.json.errors[0].message).to.contain('another run, anna@desk (desk, process 12), since 20');
    const stolen = await release(desk, '--steal');
    expect([stolen.code, stolen.json.data.was.holder]).to.deep.equal([0, 'anna@desk']);
    expect(await show(target, store)).to.equal(null);
    await lease.release();
    const { items } = (await world.canopy(['history', '--environment', 'production'])).json.data;
    expect(items[0]).to.include({
      action: 'lock release --steal',
      outcome: 'done',
      environment: 'production',
    });
    expect(items[0].reasons).to.deep.equal(['held by anna@desk (desk, process 12): deploy r1']);
  });

  it('is released by another step of the same build, and by no other build', async () => {
    const lease = await acquire(
      {
        ...{ app: 'shop', environments: ['production'], reason: 'deploy r1', leaseMs: 600_000, waitMs: 0 },
        ...{ holder: build.BUILD_TAG, run: build.BUILD_TAG, url: build.BUILD_URL },
      },
      { store, clock: realClock, random: realRandom, log: quietLog() },
    );
    for (const other of [
      desk,
      { ...build, BUILD_TAG: 'jenkins-shop-8' },
      { ...build, BUILD_URL: 'http://b/7/' },
    ])
      expect((await release(other)).code).to.equal(4);
    const own = await release(build);
    expect([own.code, own.json.outcome], own.stderr).to.deep.equal([0, 'done']);
    await lease.release();
  });
});
