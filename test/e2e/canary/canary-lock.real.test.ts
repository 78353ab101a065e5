import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';
import { lostOf, watchLoad } from '../traffic/watched-load.ts';

describe('canary and deploy: stopped, robbed of the lock, two at once, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let old = { id: '', file: '' };
  let next = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({ rollout: 'pause: 2s,', canaries: 2 });
    old = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
    next = await traffic.ship('2');
    const started = await traffic.canopy('canary', 'start');
    expect(started.code, started.stderr).to.equal(0);
  });
  after(() => traffic?.stop());

  const locks = async (): Promise<unknown[]> =>
    (
      await Promise.all(
        ['production', 'canary'].map(
          async (name) => (await traffic.canopy('lock', 'show', '--environment', name)).json.data.locks,
        ),
      )
    ).flat();
  const drained = async (): Promise<string[]> => {
    const { json } = await traffic.canopy('status');
    const all = json.data.environments.flatMap((one: { instances: unknown[] }) => one.instances);
    return all.filter((one: { drained: boolean }) => one.drained).map((one: { name: string }) => one.name);
  };

  it('takes both locks for a promote; when it is told to stop it comes to a safe state and can go on later', async () => {
    const load = watchLoad(traffic.proxy);
    const run = traffic.begin('canary', 'promote', '--artifact', next.file);
    await waitFor('the first instance', () => run.output().includes('takes requests again'));
    const beside = await Promise.all(
      ['canary', 'production'].map((name) => traffic.deploy(name, '--artifact', old.file)),
    );
    for (const { code, json } of beside) {
      expect([code, json.errors[0].code]).to.deep.equal([4, 'lock-held']);
      expect(json.errors[0].message).to.contain(`promote ${next.id}`);
    }
    run.child.kill('SIGTERM');
    const { code, json, stderr } = await run.ended;
    expect([code, json.outcome], stderr).to.deep.equal([5, 'aborted']);
    expect(json.reasons[0]).to.match(
      /stopped by a signal: [12] of 3 instances run .*, none was left in between/,
    );
    expect(await locks()).to.deep.equal([]);
    expect(await drained()).to.deep.equal([]);
    const status = await traffic.canopy('canary', 'status');
    expect(status.json.data, 'the canary goes on').to.include({ enabled: true, weight: 20 });

    const again = await traffic.canopy('canary', 'promote', '--artifact', next.file);
    expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'done']);
    const seen = await load.stop();
    expect(lostOf(seen)).to.deep.equal([]);
    expect(traffic.cuts()).to.deep.equal([]);
    expect(await traffic.releases()).to.deep.equal([next.id, next.id, next.id, next.id, next.id]);
  });

  for (const [way, ...words] of [
    ['lock release', 'lock', 'release', '--environment', 'production'],
    ['rollback', 'rollback', '--environment', 'production'],
  ])
    it(`begins no other instance when the lock is taken away, and is blocked until ${way}`, async () => {
      const [before, target] =
        (await traffic.releases())[0] === next.id ? [next, old] : ([old, next] as const);
      const load = watchLoad(traffic.proxy);
      const run = traffic.begin('deploy', '--environment', 'production', '--artifact', target.file);
      await waitFor('the first switch', () => run.output().includes('switch to'));
      await traffic.world.redis.tell('DEL', 'canopy:shop:lock:production');
      await traffic.world.redis.tell('INCRBY', 'canopy:shop:lock:production:token', '5');
      const { code, json, stderr } = await run.ended;
      expect([code, json.outcome], stderr).to.deep.equal([1, 'mixed']);
      expect(json.reasons[0]).to.contain('the lock was lost: 1 of 3 instances run');
      expect((await traffic.releases()).slice(0, 3)).to.deep.equal([target.id, before.id, before.id]);
      expect(await drained()).to.deep.equal([]);

      const blocked = await traffic.deploy('production', '--artifact', target.file);
      expect([blocked.code, blocked.json.errors[0].code]).to.deep.equal([1, 'deploy-blocked']);
      const out = await traffic.canopy(...words);
      expect(out.code, out.stderr).to.equal(0);
      const after = await traffic.deploy('production', '--artifact', target.file);
      expect(after.code, after.stderr).to.equal(0);
      expect(lostOf(await load.stop())).to.deep.equal([]);
      expect(traffic.cuts()).to.deep.equal([]);
      expect((await traffic.releases()).slice(0, 3)).to.deep.equal([target.id, target.id, target.id]);
    });

  it('promotes nothing while the instances of the canary run different releases, or cannot be asked', async () => {
    const differ = await traffic.deploy('canary', '--artifact', old.file, '--only', 'can-2');
    expect(differ.code, differ.stderr).to.equal(0);
    const mixed = await traffic.canopy('canary', 'promote', '--artifact', next.file);
    expect([mixed.code, mixed.json.errors[0].code]).to.deep.equal([1, 'canary-mixed']);
    expect(mixed.json.errors[0].message).to.contain(old.id).and.to.contain(next.id);
    expect(await locks()).to.deep.equal([]);

    await traffic.world.sshd.stop();
    const unasked = await traffic.canopy('canary', 'promote', '--artifact', next.file);
    expect(unasked.code).to.equal(1);
    expect(unasked.json.errors.map((one: { code: string }) => one.code)).not.to.include('canary-absent');
    expect(JSON.stringify(unasked.json.errors)).to.contain('can-1').and.to.contain('can-2');
  });
});
