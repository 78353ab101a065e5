import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildStore } from '../../src/config/sections/store/store.ts';
import { openExec } from '../../src/drivers/exec/exec.ts';
import { openRedis } from '../../src/drivers/redis/redis.ts';
import { openRedisServer } from '../../src/drivers/redis/server.ts';
import { openSsh } from '../../src/drivers/ssh/index.ts';
import type { Ssh, Store } from '../../src/ports/ports.ts';
import { noteHeartbeat } from '../../src/probes/index.ts';
import { commandProbe, heartbeatProbe, redisProbe, sshProbe } from '../../src/probes/kinds/through-ports.ts';
import { heartbeatKey } from '../../src/store-keys.operate.ts';
import { needs } from '../support/needs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startRedis, type RunningRedis } from '../support/services/redis.ts';
import { sshSettings } from '../support/ssh/ssh-settings.ts';
import { startSshd, type Sshd } from '../support/ssh/sshd.ts';
import { freePort, tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a target that is reached by SSH', function () {
  this.timeout(60_000);
  before(needs('sshd', 'ssh-keygen'));
  const temp = tempFolder();
  let sshd: Sshd;
  let ssh: Ssh;
  before(async () => {
    sshd = await startSshd({ folder: join(temp(), 'sshd'), record: join(temp(), 'commands') });
    ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: temp(), env: {} });
  });
  after(() => ssh?.close());
  after(() => sshd?.stop());

  it('is up when a login and a command work, over one connection; down when its server has ended', async () => {
    const probe = sshProbe('jump', `${sshd.user}@${sshd.host}:${sshd.port}`, async () => ssh);
    for (let at = 0; at < 2; at += 1) {
      const found = await probe.check(20_000);
      expect(found).to.deep.include({ ok: true, why: 'a login and a command work' });
      expect(found.latencyMs).to.be.a('number');
    }
    expect(sshd.log().match(/Accepted publickey/g)).to.have.length(1);
    await sshd.stop();
    // The kept connection may be found lost first.
    const gone = [await probe.check(20_000), await probe.check(20_000)];
    expect(gone.map(({ ok }) => ok)).to.deep.equal([false, false]);
    expect(gone[1]?.why)
      .to.match(/connection refused/)
      .and.not.to.contain('\n');
  });
});

describe('a target that is a Redis', function () {
  this.timeout(60_000);
  before(needs('redis-server'));
  const servers: RunningRedis[] = [];
  const start = async (...options: Parameters<typeof startRedis>): Promise<RunningRedis> => {
    const server = await startRedis(...options);
    servers.push(server);
    return server;
  };
  const closing: { close(): void }[] = [];
  afterEach(async () => {
    for (const one of closing.splice(0)) one.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });
  const probe = (url: string, onBroken = (): void => undefined) => {
    const made = redisProbe(buildStore(url), async (at, lost) => openRedisServer(at, lost), onBroken);
    closing.push(made);
    return made;
  };

  it('answers PING, and tells how far its replica is behind; the replica tells when it has lost its master', async () => {
    const master = await start({ password: 'pass-word' });
    const replica = await start({
      args: ['--replicaof', '127.0.0.1', String(master.port), '--masterauth', 'pass-word'],
    });
    const [ofMaster, ofReplica] = [probe(master.url), probe(replica.url)];
    const found = await waitFor('a replica in step', async () => {
      const one = await ofMaster.check(5000);
      return typeof one.lagMs === 'number' ? one : null;
    });
    expect(found).to.deep.include({ ok: true, why: 'it answers PING, with 1 replica' });
    expect(found.lagMs).to.be.lessThan(5000);
    await waitFor('the link', async () => (await ofReplica.check(5000)).why === 'it answers PING, a replica');
    await master.kill();
    const alone = await waitFor('the loss', async () => {
      const one = await ofReplica.check(5000);
      return one.why.endsWith('a replica that has lost its master') ? one : null;
    });
    expect(alone.ok).to.equal(true);
  });

  it('is down in words: killed, frozen, with another password, and never there', async () => {
    let broken = 0;
    const server = await start();
    const asked = probe(server.url, () => (broken += 1));
    expect((await asked.check(5000)).ok).to.equal(true);
    server.freeze();
    expect(await asked.check(500)).to.deep.include({ ok: false, why: 'no answer within 500 ms' });
    server.thaw();
    await waitFor('an answer', async () => (await asked.check(5000)).ok);
    await server.kill();
    await waitFor('the end of the connection', () => broken > 0);
    expect(await asked.check(5000)).to.deep.include({ ok: false, why: 'connection refused' });
    await server.restart();
    await waitFor('it to be back', async () => (await asked.check(5000)).ok);

    const closed = await start({ password: 'one' });
    expect((await probe(closed.url.replace('one', 'two')).check(5000)).why).to.match(
      /^it refused the password/,
    );
    expect((await probe(`redis://127.0.0.1:${await freePort()}`).check(5000)).why).to.equal(
      'connection refused',
    );
  });
});

describe('a target that is a command', function () {
  this.timeout(30_000);
  before(needs('setsid'));
  const temp = tempFolder();
  const env = { PATH: process.env['PATH'], CANOPY_STORE: 'redis://secret', TWILIO_AUTH_TOKEN: 'secret' };
  const probe = (...command: string[]) =>
    commandProbe("it's", command, {
      app: 'shop',
      folder: temp(),
      exec: async () => openExec({ env, hide: [] }),
    });

  it('is up when it ends with 0, in its folder, with its name as a variable and nothing of ours', async () => {
    mkdirSync(join(temp(), 'here'));
    const found = await probe(
      'test -d here',
      'echo "$CANOPY_APP $CANOPY_TARGET [${CANOPY_STORE:-}${TWILIO_AUTH_TOKEN:-}]"',
    ).check(10_000);
    expect(found).to.deep.include({ ok: true, why: "shop it's []" });
  });

  it('is down when it fails, or takes too long: then nothing of it goes on', async () => {
    expect(await probe('echo broken; exit 3').check(10_000)).to.deep.include({ ok: false, why: 'broken' });
    expect(await probe('false', 'true').check(10_000)).to.deep.include({
      ok: false,
      why: 'it ends with exit code 1',
    });
    expect(await probe('sleep 60').check(300)).to.deep.include({
      ok: false,
      why: 'not finished within 300 ms',
    });
  });

  it('is not known while it is stopped with the watch', async () => {
    const stopped = probe('sleep 60');
    const found = stopped.check(20_000);
    stopped.close();
    expect((await found).ok).to.equal(null);
  });
});

describe('a target that tells by itself that it lives', function () {
  this.timeout(60_000);
  before(needs('redis-server'));
  let redis: RunningRedis;
  let store: Store;
  let now = 1_800_000_000_000;
  before(async () => {
    redis = await startRedis();
    store = await openRedis(buildStore(redis.url), { patient: true });
  });
  after(() => store?.close());
  after(() => redis?.stop());
  const probe = (name: string) =>
    heartbeatProbe(name, 60_000, { app: 'shop', store: async () => store, now: () => now });

  it('is not known until the first one, down when none comes in time, and up with each', async () => {
    const asked = probe('backup');
    expect(await asked.check(5000)).to.deep.include({
      ok: null,
      ageMs: null,
      why: 'none came since 0 ms ago',
    });
    now += 40_000;
    // A restart of the watch begins no new time.
    expect((await probe('backup').check(5000)).ok).to.equal(null);
    now += 30_000;
    expect(await probe('backup').check(5000)).to.deep.include({
      ok: false,
      why: 'no heartbeat within 1 min: none came since 1 min 10 s ago',
      ageMs: 70_000,
    });
    await noteHeartbeat(store, 'shop', 'backup', now);
    now += 5000;
    expect(await asked.check(5000)).to.deep.include({
      ok: true,
      ageMs: 5000,
      why: 'the last one came 5 s ago',
    });
    now += 60_000;
    expect((await asked.check(5000)).ok).to.equal(false);
  });

  it('begins anew where nobody can read what stands there', async () => {
    await store.set(heartbeatKey('shop', 'odd'), 'no record');
    expect((await probe('odd').check(5000)).ok).to.equal(null);
    expect(await store.get(heartbeatKey('shop', 'odd'))).to.equal(JSON.stringify({ at: now, came: false }));
  });

  it('is not known while the store is away', async () => {
    await redis.kill();
    const found = await probe('backup').check(5000);
    expect(found.ok).to.equal(null);
    expect(found.why).to.match(/^the store at .* does not answer/);
    await redis.restart();
  });
});
