import { expect } from 'chai';
import { lost, startLoad } from '../../support/http/load.ts';
import { ALERT_TOKEN, startRouter, type RunningRouter } from '../../support/router/router.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('router under load', function () {
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
      traffic: {
        revert: {
          errorRate: 5,
          windowMs: 2000,
          minRequests: 20,
          resume: 'auto',
          afterMs: 700,
          maxAfterMs: 700,
        },
      },
    });
  });
  afterEach(async () => {
    await router.stop();
    await Promise.all([...stable, canary].map((one) => one.kill()));
  });

  const load = (more: Partial<Parameters<typeof startLoad>[0]> = {}) =>
    startLoad({ port: router.proxy.port, by: 'x-instance', connections: 20, ...more });

  it('gives each weight exactly, and flips lose nothing', async () => {
    for (const weight of [33, 0, 100, 12.5, 1, 50]) {
      await router.admin('PUT', '/weight', { weight });
      const counted = await load({ requests: 1000 }).done;
      expect(lost(counted), JSON.stringify(counted)).to.equal(0);
      expect(counted.byHeader['canary-1'] ?? 0, `${weight} %`).to.be.within(weight * 10 - 1, weight * 10 + 1);
      const [one, two] = [counted.byHeader['web-1'] ?? 0, counted.byHeader['web-2'] ?? 0];
      expect(Math.abs(one - two), 'stable is shared evenly').to.be.lessThan(2);
      const { body } = await router.admin('GET', '/weight');
      expect([body.weight, body.effective, body.observed.requests]).to.deep.equal([weight, weight, 1000]);
    }
  });

  it('flips while requests fly lose nothing', async () => {
    const running = load();
    for (let flip = 0; flip < 40; flip += 1) {
      await router.admin('PUT', '/weight', { weight: [0, 100, 33, 5][flip % 4] });
      await waitFor('more requests', () => running.now().requests > flip * 30);
    }
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
    expect(counted.requests).to.be.greaterThan(1000);
  });

  it('an instance that is killed loses no request that may be repeated', async () => {
    const running = load();
    await waitFor('requests', () => running.now().requests > 300);
    for (const victim of [stable[0], canary]) {
      await victim?.kill();
      const at = running.now().requests;
      await waitFor('more requests', () => running.now().requests > at + 500);
      await victim?.revive();
      await waitFor('it to be used again', async () => {
        const seen = victim?.seen ?? 0;
        await waitFor('a request', () => (victim?.seen ?? 0) > seen, 2000);
        return true;
      });
    }
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('after the answer to an alert no request is picked for the canary', async () => {
    await router.admin('PUT', '/weight', { weight: 50 });
    const running = load({ path: '/slow?ms=2' });
    await waitFor('requests', () => running.now().requests > 300);
    const answer = await router.admin('POST', '/alert', { reason: 'errors in checkout' }, ALERT_TOKEN);
    expect(answer.status).to.equal(200);
    expect(answer.body).to.include({ alert: true, reason: 'errors in checkout' });
    // What was picked before has arrived when nothing is in flight on it.
    const { body: state } = await router.admin('GET', '/state');
    const before = (state.arms.canary[0].inFlight as number) + canary.seen;
    await waitFor('more requests', () => running.now().requests > 1200);
    expect(canary.seen).to.be.at.most(before);
    expect((await router.admin('POST', '/alert', { reason: 'again' })).body.since).to.equal(
      answer.body.since,
    );
    expect((await router.admin('GET', '/weight')).body).to.include({ weight: 50, effective: 0, alert: true });

    expect((await router.admin('DELETE', '/alert', undefined, ALERT_TOKEN)).status).to.equal(403);
    expect((await router.admin('DELETE', '/alert')).body).to.deep.equal({ alert: false });
    const seen = canary.seen;
    await waitFor('the canary to be back', () => canary.seen > seen + 50);
    expect(lost(await running.stop())).to.equal(0);
  });

  it('an alert holds even when stable is dead: 503 with Retry-After, never the canary', async () => {
    await router.admin('POST', '/alert', { reason: 'x' });
    await Promise.all(stable.map((one) => one.kill()));
    const before = canary.seen;
    await waitFor('503', async () => (await fetch(router.url)).status === 503);
    const answer = await fetch(router.url);
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(canary.seen).to.equal(before);
  });

  it('a canary that answers with errors is reverted, and tried again when it has been well', async () => {
    const running = load();
    canary.status = 500;
    await waitFor('the revert', async () => (await router.admin('GET', '/state')).body.reverted !== null);
    const { body } = await router.admin('GET', '/state');
    expect(body).to.include({ effective: 0, alert: null });
    expect(body.reverted.reason).to.match(/\d+ of \d+ requests to the canary failed|no instance/);
    const errors = running.now().statuses['500'] ?? 0;
    expect(errors).to.be.greaterThan(0);
    canary.status = null;
    await waitFor(
      'the canary to be back',
      async () => (await router.admin('GET', '/weight')).body.effective === 33,
    );
    await running.stop();
    expect(router.log.lines.join('\n')).to.contain('canary reverted');
  });

  it('a canary that dies is reverted without a lost request', async () => {
    const running = load();
    await waitFor('the canary to be known', () => canary.seen > 20);
    await canary.kill();
    await waitFor('the revert', async () => (await router.admin('GET', '/state')).body.reverted !== null);
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('tells its numbers as Prometheus reads them', async () => {
    await load({ requests: 300 }).done;
    const { text } = await router.admin('GET', '/metrics', undefined, null);
    const lines = text.split('\n').filter((line) => line !== '');
    for (const line of lines) expect(line).to.match(/^(# (HELP|TYPE) \S+ .+|[a-z_]+\{[^}]*\} -?[\d.e+-]+)$/);
    const value = (name: string): number =>
      Number(/ (\S+)$/.exec(lines.find((line) => line.startsWith(name)) ?? '')?.[1]);
    const sum = ['web-1', 'web-2', 'canary-1'].reduce(
      (total, name) =>
        total +
        value(
          `canopy_router_requests_total{app="shop",arm="${name === 'canary-1' ? 'canary' : 'stable'}",instance="${name}",class="2xx"}`,
        ),
      0,
    );
    expect(sum).to.equal(300);
    expect(value('canopy_router_weight_percent')).to.equal(33);
    expect(value('canopy_router_observed_share_percent')).to.equal(33);
    expect(value('canopy_router_in_flight{app="shop",arm="canary"')).to.equal(0);
  });

  it('stops without losing what is in flight, and accepts nothing more', async () => {
    const slow = fetch(`${router.url}/slow?ms=600`).then((answer) => answer.text());
    await waitFor('it to be in flight', () => stable.some((one) => one.active > 0) || canary.active > 0);
    const stopping = router.stop();
    await waitFor('refusal', async () =>
      fetch(router.url).then(
        () => false,
        () => true,
      ),
    );
    expect(await slow).to.equal('slow\n');
    expect((await stopping).failed).to.equal(0);
    router = await startRouter({ stable });
  });
});
