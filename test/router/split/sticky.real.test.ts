import { expect } from 'chai';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startLoad } from '../../support/http/load.ts';
import { ALERT_TOKEN, allHealthy, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { ask, visit, visitor, visitors } from '../../support/http/visitors.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('clients that stick, with a real router', function () {
  this.timeout(180_000);
  let stable: Upstream[];
  let canary: Upstream;
  let router: RunningRouter;

  beforeEach(async () => {
    stable = await Promise.all([startUpstream('web-1'), startUpstream('web-2')]);
    canary = await startUpstream('canary-1');
    router = await startRouter({
      stable,
      canary: [canary],
      traffic: { sticky: 'cookie', trustedProxies: ['127.0.0.1'] },
    });
    await allHealthy(router);
  });
  afterEach(async () => {
    await router.stop();
    await Promise.all([...stable, canary].map((one) => one.kill()));
  });

  const weigh = async (weight: number): Promise<void> => {
    expect((await router.admin('PUT', '/weight', { weight })).status).to.equal(200);
  };
  const observed = async () => (await router.admin('GET', '/weight')).body.observed;
  const to = (options = {}) => ({ port: router.proxy.port, ...options });

  it('the share is exact within half a point over 10,000 requests: 1,000 clients, ten requests each, 5 -> 33 -> 50 %', async () => {
    const all = visitors(1000);
    let before = new Set<number>();
    for (const weight of [5, 33, 50]) {
      await weigh(weight);
      all.forEach((one) => one.met.splice(0));
      const { answers, lost, by } = await visit(all, to({ times: 10 }));
      expect([answers, lost]).to.deep.equal([10_000, 0]);
      expect((by['canary-1'] ?? 0) / 100, `${weight} %`).to.be.closeTo(weight, 0.5);
      const now = new Set<number>();
      all.forEach((one, at) => {
        const canaries = one.met.filter((name) => name === 'canary-1').length;
        expect(canaries, 'one side for each client').to.be.oneOf([0, 10]);
        if (canaries > 0) now.add(at);
      });
      expect(
        [...before].filter((at) => !now.has(at)),
        'every canary user stays',
      ).to.deep.equal([]);
      before = now;
      const told = await observed();
      expect(told.requests).to.equal(10_000);
      expect(told.low <= told.share && told.share <= told.high).to.equal(true);
    }
  });

  for (const sticky of ['cookie', 'none']) {
    it(`the share is exact within half a point over 10,000 new clients, sticky ${sticky}`, async () => {
      await router.admin('PUT', '/sticky', { sticky });
      for (const weight of [5, 33, 50]) {
        await weigh(weight);
        const { byHeader, requests } = await startLoad({
          ...to({ requests: 10_000, connections: 16 }),
          by: 'x-instance',
        }).done;
        expect(requests).to.equal(10_000);
        expect((byHeader['canary-1'] ?? 0) / 100, `${weight} %`).to.be.closeTo(weight, 0.5);
      }
    });
  }

  it('gives one cookie, which the instance never sees; the cookies of both sides pass', async () => {
    const one = visitor();
    one.cookies.set('own', '1');
    const first = await ask(one, to());
    expect(first.headers['set-cookie']).to.have.length(1);
    expect(first.headers['set-cookie']?.[0]).to.match(
      /^canopy-shop=1\.[0-9a-f]*\.\d{4}\.[\w-]{16}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
    );
    expect(first.headers['cache-control']).to.equal('private');
    expect((await ask(one, to())).headers['set-cookie']).to.equal(undefined);
    const seen = [...stable, canary].flatMap((instance) => instance.heads.map(({ raw }) => raw));
    expect(seen).to.have.length(2);
    for (const raw of seen)
      expect(raw[raw.findIndex((name) => name.toLowerCase() === 'cookie') + 1]).to.equal('own=1');
  });

  it('is Secure when a trusted proxy says that the client came by https', async () => {
    const cookieOf = async (proto: string) =>
      (await ask(visitor(), to({ headers: { 'x-forwarded-proto': proto } }))).headers['set-cookie']?.[0];
    expect(await cookieOf('https')).to.match(/; Secure$/);
    expect(await cookieOf('http')).to.match(/; SameSite=Lax$/);
  });

  it('gives none and sends none where nobody is to stick, live', async () => {
    const one = visitor();
    expect((await router.admin('PUT', '/sticky', { sticky: 'none' }, ALERT_TOKEN)).status).to.equal(403);
    expect((await router.admin('PUT', '/sticky', { sticky: 'none' })).body.sticky).to.equal('none');
    expect((await ask(one, to())).headers['set-cookie']).to.equal(undefined);
    expect((await router.admin('PUT', '/sticky', { sticky: 'header:x-user-id' })).body.sticky).to.equal(
      'header:x-user-id',
    );
    await weigh(50);
    const met = new Map<string, Set<string>>();
    for (let at = 0; at < 300; at += 1) {
      const id = String(at % 30);
      const { headers } = await ask(one, to({ headers: { 'x-user-id': id } }));
      expect(headers['set-cookie']).to.equal(undefined);
      const side = headers['x-instance'] === 'canary-1' ? 'canary' : 'stable';
      met.set(id, (met.get(id) ?? new Set()).add(side));
    }
    expect([...met.values()].every((sides) => sides.size === 1)).to.equal(true);
    expect(new Set([...met.values()].flatMap((sides) => [...sides]))).to.deep.equal(
      new Set(['canary', 'stable']),
    );
  });

  it('the header reaches a canary whose share is 0, and is never counted', async () => {
    await weigh(0);
    const nobody = visitor();
    const by = async (word: string) =>
      (await ask(nobody, to({ headers: { 'X-Canary': word } }))).headers['x-instance'];
    expect(await by('always')).to.equal('canary-1');
    expect(await by('Never')).to.match(/^web-/);
    expect(await by('perhaps')).to.match(/^web-/);
    expect([(await observed()).requests, nobody.cookies.size]).to.deep.equal([1, 0]);
  });

  it('keeps its key for the owner alone, and cookies are good after a restart', async () => {
    const stateDir = router.stateDir;
    expect(statSync(join(stateDir, 'sticky-key')).mode & 0o777).to.equal(0o600);
    const text = readFileSync(join(stateDir, 'sticky-key'), 'utf8');
    expect(text).to.match(/^[0-9a-f]{64}\n$/);
    expect(router.log.lines.join('\n')).to.not.contain(text.trim());
    await waitFor('no temporary file', () => !readdirSync(stateDir).some((name) => name.endsWith('.tmp')));
    const all = visitors(40);
    const options = { sticky: 'cookie' } as const;
    const one = await startRouter({ stable, canary: [canary], stateDir, traffic: options });
    await allHealthy(one);
    await visit(all, { port: one.proxy.port });
    await one.stop();
    const cookies = all.map(({ cookies }) => cookies.get('canopy-shop'));
    const two = await startRouter({ stable, canary: [canary], stateDir, traffic: options });
    await allHealthy(two);
    await visit(all, { port: two.proxy.port });
    await two.stop();
    expect(all.map(({ cookies }) => cookies.get('canopy-shop'))).to.deep.equal(cookies);
    for (const { met } of all) expect(new Set(met.map((name) => name === 'canary-1')).size).to.equal(1);
  });
});
