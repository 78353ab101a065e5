import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { endProcess } from '../../support/end-process.ts';
import { startLoad } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from './traffic-world.ts';

describe('the capacity guard of a deploy, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let good = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({ rollout: 'capacityWait: 1s' });
    good = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
  });
  after(() => traffic?.stop());

  const pidOf = (name: string): number =>
    Number(readFileSync(join(traffic.world.path(name), 'shared/app.pid'), 'utf8'));
  const pids = () => ['web-1', 'web-2', 'web-3'].map(pidOf);
  const healthOf = async (name: string): Promise<string> => {
    const { arms } = (await traffic.ask('GET', '/state')).body;
    return (arms.stable as { name: string; health: string }[]).find((one) => one.name === name)?.health ?? '';
  };
  const kill = async (name: string): Promise<void> => {
    endProcess(pidOf(name));
    await waitFor('the router to notice', async () => (await healthOf(name)) === 'unhealthy');
  };
  const waits = 'waits: with web-1 2 of 3 instances would be out (web-3 is not healthy), 1 may be';

  it('waits, fails with the figures and touches nothing when another one is out', async () => {
    const before = good.id;
    good = await traffic.ship('2');
    await kill('web-3');
    const untouched = pids();
    const { code, json, stderr } = await traffic.deploy('production', '--only', 'web-1');
    expect([code, json.errors[0].code], stderr).to.deep.equal([3, 'capacity']);
    expect(stderr).to.contain(waits);
    expect(json.errors[0].message).to.equal(
      'web-1 was not taken out of the traffic, after 1 s of waiting: with web-1 2 of 3 instances would be out (web-3 is not healthy), 1 may be',
    );
    expect(await traffic.releases()).to.deep.equal([before, before, null, null]);
    expect(pids()).to.deep.equal(untouched);
    expect((await traffic.ask('GET', '/state')).body).to.deep.include({ drained: {} });
  });

  it('stops at once, and touches nothing, when it is told to while it waits', async () => {
    traffic.world.configure({ rollout: 'capacityWait: 30s' });
    const untouched = pids();
    const run = traffic.begin('deploy', '--environment', 'production', '--only', 'web-1');
    await waitFor('it to wait', () => run.output().includes(waits));
    run.child.kill('SIGTERM');
    const { code, json, stderr } = await run.ended;
    expect([code, json.outcome], stderr).to.deep.equal([5, 'aborted']);
    expect(json.reasons).to.deep.equal(['stopped by a signal before anything was switched']);
    expect(pids()).to.deep.equal(untouched);
  });

  it('goes on when the other one comes back while it waits', async () => {
    const run = traffic.begin('deploy', '--environment', 'production', '--only', 'web-1');
    await waitFor('it to wait', () => run.output().includes(waits));
    start(traffic.world.path('web-3'));
    const { code, json, stderr } = await run.ended;
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('the others can do without it now');
    expect(json.data.instances.map((one: { did: string }) => one.did)).to.deep.equal(['deployed']);
  });

  it('begins with what is out, so that a deploy mends it', async () => {
    good = await traffic.ship('3');
    await kill('web-3');
    const { code, stderr } = await traffic.deploy('production');
    expect(code, stderr).to.equal(0);
    const drained = [...stderr.matchAll(/^(\S+) +drained:/gm)].map(([, name]) => name);
    expect(drained).to.deep.equal(['web-3', 'web-1', 'web-2']);
    expect(await traffic.releases()).to.deep.equal([good.id, good.id, good.id, null]);
  });

  it('keeps an instance when the others could not take the load of the last minute', async () => {
    traffic.world.configure({ rollout: 'capacityWait: 1s', extra: '    capacity: 1' });
    const before = good.id;
    good = await traffic.ship('4');
    const load = startLoad({ port: traffic.proxy, requests: 2000 });
    await load.done;
    const perSecond = async (): Promise<number> => {
      const { arms } = (await traffic.ask('GET', '/state')).body;
      return (arms.stable as { perSecond: number }[]).reduce((sum, one) => sum + one.perSecond, 0);
    };
    expect(await perSecond()).to.be.greaterThan(5);
    const { code, json, stderr } = await traffic.deploy('production', '--no-probe');
    expect([code, json.errors[0].code], stderr).to.deep.equal([3, 'capacity']);
    expect(json.errors[0].message).to.match(
      /others can take 2 requests a second \(web-2 1, web-3 1\); the last minute had [\d.]+, with a margin of 20 % [\d.]+ are needed$/,
    );
    expect(await traffic.releases()).to.deep.equal([before, before, before, null]);

    traffic.world.configure({ extra: '    capacity: 5000' });
    const enough = await traffic.deploy('production');
    expect(enough.code, enough.stderr).to.equal(0);
  });
});

/** Starts the application as its service does. */
function start(path: string): void {
  const lines = 'cd -P "$1/current"; set -a; . .canopy/env; set +a; exec node app.js';
  const script = `(${lines}) >/dev/null 2>&1 & echo $! > "$1/shared/app.pid"`;
  spawn('sh', ['-c', script, 'sh', path], { stdio: 'ignore' });
}
