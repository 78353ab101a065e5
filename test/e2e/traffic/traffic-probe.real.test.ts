import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { stable, startTrafficWorld, type TrafficWorld } from './traffic-world.ts';

const rollout = 'strategy: all-at-once';

describe('the probe of a deploy, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let good = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({ traffic: 'probe: { path: /page, every: 20ms }' });
    good = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    const address = `http://127.0.0.1:${traffic.proxy}/page`;
    expect(first.json.data.probe).to.equal(null);
    expect(first.json.warnings).to.include(
      `no probe: nobody answers at ${address} (connect ECONNREFUSED 127.0.0.1:${traffic.proxy})`,
    );
    await traffic.startRouter();
  });
  after(() => traffic?.stop());

  const answered = async (): Promise<number> => {
    const { arms } = (await traffic.ask('GET', '/state')).body;
    return (arms.stable as { answers: number }[]).reduce((sum, one) => sum + one.answers, 0);
  };

  it('counts real requests through a rolling deploy, and none is lost', async () => {
    const before = await answered();
    good = await traffic.ship('2');
    const { code, json, stderr } = await traffic.deploy('production');
    expect(code, stderr).to.equal(0);
    expect(json.warnings).to.deep.equal([]);
    const { probe } = json.data;
    expect(probe).to.deep.include({ lost: 0, firstLost: null, maxLost: null });
    // Each one went through the router, and one before the deploy.
    expect(await answered()).to.equal(before + probe.requests + 1);
    expect(probe.requests).to.be.greaterThan(20);
    expect(probe.slowestMs).to.be.greaterThan(0);
    const phases = (probe.phases as { phase: string; requests: number }[]).map(({ phase }) => phase);
    expect(phases[0]).to.equal('stage');
    expect(phases).to.include.members(['activate', 'ready']);
    expect(stderr).to.match(/^probe: \d+ requests, 0 lost, slowest \d+ ms$/m);
  });

  it('asks nobody when it is told not to, and in a dry run', async () => {
    good = await traffic.ship('3');
    const before = await answered();
    const dry = await traffic.deploy('production', '--dry-run');
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stderr).to.contain(
      `GET http://127.0.0.1:${traffic.proxy}/page every 20 ms counts lost requests`,
    );
    const { code, json, stderr } = await traffic.deploy('production', '--no-probe');
    expect(code, stderr).to.equal(0);
    expect([dry.json.data.probe, json.data.probe]).to.deep.equal([null, null]);
    expect(await answered()).to.equal(before);
  });

  it('reports what is lost when everything is down at once', async () => {
    traffic.world.configure({ rollout });
    good = await traffic.ship('4', 'slow');
    const { code, json, stderr } = await traffic.deploy('production', '--no-balancer');
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    const { probe } = json.data;
    expect(probe.lost).to.be.greaterThan(0);
    expect(probe.firstLost.doing).to.contain('activate web-1 web-2 web-3');
    expect(probe.firstLost.reason).to.match(/^status 50\d instead of 200$/);
    expect(json.warnings.join('\n')).to.contain('the probe lost a request during activate web-1 web-2 web-3');
    expect(stderr).to.match(/^probe: \d+ requests, [1-9]\d* lost, slowest \d+ ms: \d+ of \d+ in activate/m);
  });

  it('reverts when more is lost than maxLost allows', async () => {
    traffic.world.configure({ rollout: `${rollout}, maxLost: 0` });
    const bad = await traffic.ship('5', 'slow');
    const { code, json, stderr } = await traffic.deploy('production', '--no-balancer');
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(bad.id).to.not.equal(good.id);
    expect(await traffic.releases()).to.deep.equal([good.id, good.id, good.id, null]);
    const { lost, requests } = json.data.probe;
    expect(json.reasons).to.deep.equal([
      'the probe lost more requests than maxLost allows',
      `the probe lost ${lost} of ${requests} requests, 0 are allowed`,
    ]);
    expect(json.data.revertMs).to.be.greaterThan(0);
    expect(json.data.instances.map((one: { did: string }) => one.did)).to.deep.equal(
      stable.map(() => 'reverted'),
    );
  });
});
