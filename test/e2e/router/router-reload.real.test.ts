import { expect } from 'chai';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { lost, startLoad } from '../../support/http/load.ts';
import { needs } from '../../support/needs.ts';
import { startRedis, type RunningRedis } from '../../support/services/redis.ts';
import { startService, type RouterService } from '../../support/router/router-service.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { visit, visitors } from '../../support/http/visitors.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('canopy router: canopy.yml is read again by SIGHUP', function () {
  this.timeout(120_000);
  let redis: RunningRedis;
  let upstreams: Upstream[];
  let canary: Upstream;
  let service: RouterService;
  const of = (at: number): Upstream => upstreams[at] as Upstream;

  before(needs('redis-server'));
  beforeEach(async () => {
    redis = await startRedis();
    upstreams = await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => startUpstream(name)));
    canary = await startUpstream('canary-1');
    service = await startService({ stable: [of(0), of(1)], canary: [canary], store: redis.url, workers: 2 });
  });
  afterEach(async () => {
    await service.stop();
    service.remove();
    await Promise.all([...upstreams, canary].map((one) => one.kill()));
    await redis.stop();
  });

  const hangup = (): void => void service.child.kill('SIGHUP');
  const told = async () => (await service.ask('GET', '/state')).body;

  it('every worker takes the new members up, the same workers go on, and nothing is lost', async () => {
    const workers = service.workers();
    await service.ask('PUT', '/weight', { weight: 40 });
    const load = startLoad({ port: service.port, by: 'x-instance', connections: 12, path: '/slow?ms=2' });
    await waitFor('requests', () => load.now().requests > 200);
    service.configure({ stable: [of(1), of(2)] });
    hangup();
    await waitFor('all to have left the old one', async () => {
      const seen = of(0).seen;
      const at = load.now().requests;
      await waitFor('more requests', () => load.now().requests > at + 200);
      return of(0).seen === seen && of(2).seen > 50;
    });
    expect((await told()).arms.stable.map((one: { name: string }) => one.name)).to.deep.equal([
      'web-2',
      'web-3',
    ]);
    expect((await service.ask('GET', '/weight')).body).to.include({ weight: 40, effective: 40 });
    expect(service.workers()).to.deep.equal(workers);
    const counted = await load.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('a file that is no good is refused with the reason in the log, and the old members go on', async () => {
    appendFileSync(join(service.folder, 'canopy.yml'), '  nonsense: true\n');
    hangup();
    await waitFor('the refusal', () => /refused, nothing has changed: .*nonsense/s.test(service.log()));
    const answer = await service.ask('POST', '/reload');
    expect([answer.status, answer.body.error.code]).to.deep.equal([409, 'reload']);
    expect((await told()).arms.stable.map((one: { name: string }) => one.name)).to.deep.equal([
      'web-1',
      'web-2',
    ]);
    service.configure({ stable: [of(0)] });
    expect((await service.ask('POST', '/reload')).body).to.deep.include({ removed: ['web-2'], restart: [] });
    await waitFor('every worker', async () => {
      const before = of(1).seen;
      const load = await startLoad({ port: service.port, requests: 100, connections: 10 }).done;
      return lost(load) === 0 && of(1).seen === before;
    });
  });

  it('its workers agree on every cookie, and on the audit stream', async () => {
    await service.ask('PUT', '/sticky', { sticky: 'cookie' });
    await service.ask('PUT', '/weight', { weight: 50 });
    const all = visitors(60);
    // Each round has connections of its own: they come to one worker or the other.
    for (let round = 0; round < 4; round += 1) await visit(all, { port: service.port, atOnce: 4 });
    for (const { met } of all) expect(new Set(met.map((name) => name === 'canary-1')).size).to.equal(1);
    expect(all.some(({ met }) => met[0] === 'canary-1')).to.equal(true);
    await waitFor('two actions, each an intent and an outcome', async () =>
      (await redis.tell('XLEN', 'canopy:shop:audit')).includes('4'),
    );
  });
});
