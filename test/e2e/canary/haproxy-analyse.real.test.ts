import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startLoad, type Load } from '../../support/http/load.ts';
import { startFrontedWorld, type FrontedWorld } from '../traffic/haproxy-front.ts';

const rules = `{
  steps: [{ weight: 20%, for: 4s }, { weight: 50%, for: 4s }],
  analysis: { every: 1s, bucket: 1s, warmUp: 0s, maxErrorRateIncrease: 50%, maxWait: 30s } }`;

describe('canary analyse by what HAProxy has counted, end to end', function () {
  this.timeout(120_000);
  let front: FrontedWorld;
  let load: Load;
  before(needs('redis-server', 'sshd', 'git', 'haproxy'));
  before(async () => {
    front = await startFrontedWorld({ canary: rules });
    await front.traffic.ship('1');
    expect((await front.traffic.deploy('production')).code).to.equal(0);
    load = startLoad({ port: front.traffic.proxy, connections: 8, pauseMs: 5, by: 'x-release' });
  });
  after(async () => {
    await load?.stop();
    await front?.stop();
  });
  const canary = (...words: string[]) => front.traffic.canopy('canary', ...words);

  it('goes through the steps; latency is not judged, and that is told', async () => {
    const next = await front.traffic.ship('2');
    const started = await canary('start');
    expect(started.code, started.stderr).to.equal(0);
    const { code, json, stderr } = await canary('analyse');
    expect([code, json.outcome], stderr).to.deep.equal([0, 'pass']);
    expect(json.data).to.include({ release: next.id, weight: 50, step: 1 });
    expect(json.data.judgement.latency).to.equal(null);
    expect(json.data.judgement.canary.requests).to.be.greaterThan(20);
    expect(json.warnings.join('\n')).to.contain('errors alone are judged');
  });

  it('takes a canary that fails out of the traffic', async () => {
    await front.traffic.ship('3', 'sick');
    expect((await canary('start')).code).to.equal(0);
    const { code, json, stderr } = await canary('analyse');
    expect([code, json.outcome], stderr).to.deep.equal([3, 'fail']);
    expect(json.data.reason).to.match(/^fail after \d+ canary requests: (\d+) of \1 failed/);
    expect(await front.out()).to.include('can-1');
  });
});
