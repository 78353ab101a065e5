import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { lost, startLoad } from '../../support/http/load.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from '../traffic/traffic-world.ts';
import { askedSince, lostOf, watchLoad } from '../traffic/watched-load.ts';

describe('canary, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let old = { id: '', file: '' };
  let next = { id: '', file: '' };
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld();
    old = await traffic.ship('1');
    const first = await traffic.deploy('production', '--no-balancer');
    expect(first.code, first.stderr).to.equal(0);
    await traffic.startRouter();
    await traffic.canopy('canary', 'weight', '0');
  });
  after(() => traffic?.stop());

  const canary = (...words: string[]) => traffic.canopy('canary', ...words);
  /** What the router splits by now: asked for, and what holds. */
  const split = async (): Promise<unknown[]> => {
    const { body } = await traffic.ask('GET', '/state');
    return [body.enabled, body.weight, body.effective];
  };

  it('has nothing to promote before there is a canary', async () => {
    const promoted = await canary('promote');
    expect([promoted.code, promoted.json.errors[0].code]).to.deep.equal([1, 'canary-absent']);
  });

  it('tells of a maintenance in status as long as the router answers 503 for it', async () => {
    const status = async (): Promise<string> => {
      const { code, stderr } = await traffic.canopy('status', '--environment', 'production');
      expect(code, stderr).to.equal(0);
      return stderr;
    };
    const serves = async (): Promise<number> =>
      (await fetch(`http://127.0.0.1:${traffic.proxy}/health`)).status;
    expect([await serves(), await status()][1]).not.to.contain('MAINTENANCE');
    const on = await traffic.ask('PUT', '/maintenance', { on: true, by: 'ann', reason: 'data base moves' });
    expect(on.status).to.equal(200);
    expect(await serves()).to.equal(503);
    expect(await status()).to.match(
      /MAINTENANCE since 20\S+Z by \S.* \(data base moves\): every request is answered 503; PUT \/maintenance \{"on": false\} to a router ends it/,
    );
    expect((await traffic.ask('PUT', '/maintenance', { on: false })).status).to.equal(200);
    expect(await serves()).to.equal(200);
    expect(await status()).not.to.contain('MAINTENANCE');
  });

  it('gives no share to a canary whose deploy fails, and loses nothing', async () => {
    const bad = await traffic.ship('bad', true);
    const load = watchLoad(traffic.proxy);
    const { code, json, stderr } = await canary('start');
    const seen = await load.stop();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.warnings.join('\n')).to.contain('the canary gets no requests');
    expect(await split()).to.deep.equal([false, 0, 0]);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(seen.some(({ release }) => release === bad.id)).to.equal(false);
    const weight = await canary('weight', '50');
    expect([weight.code, weight.json.errors[0].code]).to.deep.equal([1, 'canary-absent']);
  });

  it('starts with the first share of canary.steps', async () => {
    next = await traffic.ship('2');
    const load = watchLoad(traffic.proxy);
    const { code, json, stderr } = await canary('start');
    const seen = await load.stop();
    expect(code, stderr).to.equal(0);
    expect(json.data).to.include({ environment: 'canary', release: next.id });
    expect(await split()).to.deep.equal([true, 20, 20]);
    expect(await traffic.releases()).to.deep.equal([old.id, old.id, old.id, next.id]);
    expect(lostOf(seen)).to.deep.equal([]);
  });

  it('keeps the share of a running canary when another start is refused by the lock', async () => {
    await traffic.world.redis.tell(
      'SET',
      'canopy:shop:lock:canary',
      JSON.stringify({
        id: 'aaaaaaaaaaaaaaaa',
        holder: 'job-9',
        reason: 'deploy',
        url: '',
        token: 1,
        since: 1,
      }),
    );
    const { code, json } = await canary('start', '--weight', '1');
    await traffic.world.redis.tell('DEL', 'canopy:shop:lock:canary');
    expect([code, json?.errors[0].code]).to.deep.equal([4, 'lock-held']);
    expect(await split()).to.deep.equal([true, 20, 20]);
  });

  it('splits exactly, and counts what it split', async () => {
    const { code, json, stderr } = await canary('weight', '33');
    expect(code, stderr).to.equal(0);
    expect(json.data.weight).to.equal(33);
    const result = await startLoad({ port: traffic.proxy, connections: 12, requests: 3000, by: 'x-release' })
      .done;
    expect(lost(result), JSON.stringify(result)).to.equal(0);
    expect(result.byHeader[next.id]).to.be.within(989, 991);
    expect(result.byHeader[old.id]).to.equal(3000 - (result.byHeader[next.id] ?? 0));

    const status = await canary('status');
    expect(status.code, status.stderr).to.equal(0);
    expect(status.json.data).to.include({
      enabled: true,
      weight: 33,
      share: 33,
      alert: null,
      reverted: null,
      routers: 1,
    });
    expect(status.json.data.observed).to.deep.include({ requests: 3000 });
    expect(status.json.data.observed.share).to.be.within(32, 34);
    expect(status.json.data.canary).to.deep.equal({
      environment: 'canary',
      release: next.id,
      instances: [{ name: 'can-1', release: next.id, running: true, drained: false, reach: 'ok' }],
    });
    expect(status.json.data.stable.instances.map((item: { name: string }) => item.name)).to.deep.equal([
      'web-1',
      'web-2',
      'web-3',
    ]);
    const { stdout } = await traffic.world.begin(['canary', 'status']).ended;
    expect(stdout)
      .to.match(/^canary +█{10}·{20} +33 % {2}\S+$/m)
      .and.to.contain('asked for 33 %, 1 router alive');
  });

  it('lets clients stick by a cookie from one moment to the next, and back', async () => {
    const cookies = async () => {
      const answer = await fetch(`http://127.0.0.1:${traffic.proxy}/`);
      await answer.text();
      return answer.headers.getSetCookie();
    };
    expect(await cookies()).to.deep.equal([]);
    const on = await canary('weight', '--sticky', 'cookie');
    expect([on.code, on.json.data.weight, on.json.data.sticky], on.stderr).to.deep.equal([0, 33, 'cookie']);
    // The salt of this rollout was made when it was started.
    expect((await cookies())[0]).to.match(/^canopy-shop=1\.[0-9a-f]{16}\.\d{4}\./);
    expect((await canary('status')).json.data).to.include({ sticky: 'cookie', relapses: 0 });
    const off = await canary('weight', '33', '--sticky', 'none');
    expect([off.code, off.json.data.sticky]).to.deep.equal([0, 'none']);
    expect(await cookies()).to.deep.equal([]);
    expect((await canary('weight', '33', '--sticky', 'sometimes')).code).to.equal(2);
  });

  it('refuses a share that is none', async () => {
    for (const [words, code] of [
      [['weight', '101'], 2],
      [['weight', '-1'], 2],
      [['weight', '33.33'], 2],
      [['weight', 'much'], 2],
      [['weight'], 2],
    ] as const)
      expect((await canary(...words)).code, words.join(' ')).to.equal(code);
    expect(await split()).to.deep.equal([true, 33, 33]);
  });

  it('promotes nothing but what the canary has tried', async () => {
    const other = await traffic.ship('3');
    const { code, json } = await canary('promote', '--artifact', other.file);
    expect([code, json.errors[0].code]).to.deep.equal([1, 'canary-other-release']);
    expect(json.errors[0].message).to.contain(next.id).and.to.contain(other.id);
    expect(await split()).to.deep.equal([true, 33, 33]);
    expect(await traffic.releases()).to.deep.equal([old.id, old.id, old.id, next.id]);
  });

  it('sends nothing to the canary after the answer to POST /alert, until somebody resumes', async () => {
    const raised = await traffic.ask('POST', '/alert', { reason: 'checkout is slow' });
    expect([raised.status, raised.body.alert]).to.deep.equal([200, true]);
    const result = await startLoad({ port: traffic.proxy, connections: 6, requests: 300, by: 'x-release' })
      .done;
    expect([lost(result), result.byHeader]).to.deep.equal([0, { [old.id]: 300 }]);

    await waitFor('the store to know', async () => (await canary('status')).json.data.alert !== null);
    const { json } = await canary('status');
    expect(json.data).to.include({ weight: 33, share: 0 });
    expect(json.data.alert.reason).to.equal('checkout is slow');
    for (const words of [['start'], ['promote', '--artifact', next.file]]) {
      const refused = await canary(...words);
      expect([refused.code, refused.json.errors[0].code], words[0]).to.deep.equal([1, 'canary-alert']);
    }
    expect((await canary('resume')).code).to.equal(0);
    expect(await split()).to.deep.equal([true, 33, 33]);
  });

  it('does the same by abort, through the store', async () => {
    const aborted = await canary('abort', '--reason', 'errors in checkout');
    expect(aborted.code, aborted.stderr).to.equal(0);
    const result = await startLoad({ port: traffic.proxy, connections: 6, requests: 300, by: 'x-release' })
      .done;
    expect([lost(result), result.byHeader]).to.deep.equal([0, { [old.id]: 300 }]);
    const refused = await canary('promote', '--artifact', next.file);
    expect([refused.code, refused.json.errors[0].code]).to.deep.equal([1, 'canary-alert']);
    expect(refused.json.errors[0].message).to.contain('errors in checkout');
    expect((await canary('resume')).code).to.equal(0);
    expect(await split()).to.deep.equal([true, 33, 33]);
  });

  it('promotes under load: the release is everywhere, the canary is retired, nothing is lost', async () => {
    const load = watchLoad(traffic.proxy);
    const { code, json, stderr } = await canary('promote', '--artifact', next.file);
    const since = performance.now();
    await waitFor('answers after it', () => askedSince(load.seen, since).length > 100);
    const seen = await load.stop();
    expect(code, stderr).to.equal(0);
    expect(json.data).to.include({ environment: 'production', release: next.id });
    expect(lostOf(seen)).to.deep.equal([]);
    expect(traffic.cuts()).to.deep.equal([]);
    expect(new Set(askedSince(seen, since).map(({ instance }) => instance))).to.deep.equal(
      new Set(['web-1', 'web-2', 'web-3']),
    );
    expect(await split()).to.deep.equal([false, 0, 0]);
    expect(await traffic.releases()).to.deep.equal([next.id, next.id, next.id, next.id]);
    const weight = await canary('weight', '5');
    expect([weight.code, weight.json.errors[0].code]).to.deep.equal([1, 'canary-absent']);
    const again = await canary('promote', '--artifact', next.file);
    expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'unchanged']);
  });
});
