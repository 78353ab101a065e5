import { Agent, get } from 'node:http';
import { expect } from 'chai';
import { countedSince } from '../../src/haproxy/index.ts';
import { settingsIn, type RunningHaproxy } from '../support/services/haproxy.ts';
import { startLoad } from '../support/http/load.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { arms, haproxyWorld, type HaproxyWorld } from './world.ts';

describe('HAProxy, as a balancer of its own kind', function () {
  this.timeout(120_000);
  before(needs('haproxy'));
  const folder = tempFolder();
  let world: HaproxyWorld;
  const begun = async (sticky = 'none'): Promise<RunningHaproxy> => {
    world = await haproxyWorld(folder(), { sticky });
    return world.haproxies[0] as RunningHaproxy;
  };
  afterEach(() => world?.stop());
  const share = (weight: number) => world.make({ kind: 'enable', on: true }, { kind: 'weight', weight });
  /** The instance that answers, and the cookie that it was given with. */
  const ask = (agent: Agent, cookie = ''): Promise<{ instance: string; cookie: string }> =>
    new Promise((resolve, reject) => {
      get({ port: world.proxy, agent, headers: cookie === '' ? {} : { cookie } }, (answer) => {
        answer.resume();
        answer.once('end', () =>
          resolve({
            instance: String(answer.headers['x-instance']),
            cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie,
          }),
        );
      }).once('error', reject);
    });
  const canaryUp = (agent: Agent) =>
    waitFor('a cookie of the canary', async () => {
      const got = await ask(agent);
      return got.instance === 'can-1' ? got : null;
    });

  for (const weight of [5, 33, 50])
    it(`meets a share of ${weight} % over three servers and one`, async () => {
      await begun();
      expect(await share(weight)).to.deep.equal([]);
      await waitFor(
        'the canary to be up',
        async () => (await world.balancer.look()).health['can-1'] === 'healthy',
      );
      const counted = await startLoad({ port: world.proxy, by: 'x-instance', connections: 4, requests: 2000 })
        .done;
      expect(((counted.byHeader['can-1'] ?? 0) / 2000) * 100).to.be.within(weight - 0.5, weight + 0.5);
    });

  it('keeps a client with the cookie where it is, and takes it from the canary with the alert, also on the same connection', async () => {
    await begun('cookie');
    await share(50);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { cookie } = await canaryUp(agent);
    expect(cookie).to.equal('CANOPYSERVER=can-1');
    for (let at = 0; at < 10; at += 1) expect((await ask(agent, cookie)).instance).to.equal('can-1');
    // Draining alone lets it stay: that is why the canary goes into maintenance.
    await world.haproxies[0]?.tell('set server shop/can-1 state drain');
    expect((await ask(agent, cookie)).instance).to.equal('can-1');
    await world.make({ kind: 'alert', actor: 'store', alert: { since: 1, by: 'test', reason: 'slow' } });
    for (let at = 0; at < 20; at += 1) expect((await ask(agent, cookie)).instance).not.to.equal('can-1');
    agent.destroy();
  });

  it('does not wait for clients that stick: an instance is drained under their requests', async () => {
    await begun('cookie');
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const { instance, cookie } = await ask(agent);
    let stop = false;
    const asked: string[] = [];
    const client = (async () => {
      while (!stop) asked.push((await ask(agent, cookie)).instance);
    })();
    await waitFor('some requests', () => asked.length > 20);
    expect(await world.balancer.drain(instance, 20_000)).to.deep.equal({ cut: 0 });
    const since = asked.length + 1;
    await waitFor('more requests', () => asked.length > since + 20);
    stop = true;
    await client;
    expect(asked.slice(since)).not.to.include(instance);
    agent.destroy();
  });

  it('outlives a reload that keeps the states, and sends a canary nothing after one that does not', async () => {
    const haproxy = await begun();
    await share(25);
    await world.balancer.drain('web-1', 20_000);
    await haproxy.reload();
    expect((await world.balancer.look()).drift).to.deep.equal([]);
    await haproxy.reload({ save: false });
    const { seen } = world.canary;
    const { drift } = await world.balancer.look();
    expect(drift.map(({ server, says }) => `${server} ${says}`)).to.include.members([
      'web-1 ready, wanted maint',
      'can-1 maint, wanted ready, weight 1, wanted 2',
    ]);
    await startLoad({ port: world.proxy, requests: 100, connections: 2 }).done;
    expect(world.canary.seen).to.equal(seen);
    await world.balancer.reconcile();
    expect((await world.balancer.look()).drift).to.deep.equal([]);
    expect(world.log.lines.join('\n')).to.contain('local had drifted: web-1 was ready, wanted maint');
  });

  it('drains also when it forgets everything in the middle', async () => {
    const haproxy = await begun();
    const held = Array.from({ length: 6 }, () => fetch(`http://127.0.0.1:${world.proxy}/hold`));
    await waitFor('requests in flight', () => world.stable.every((one) => one.active >= 1));
    const drain = world.balancer.drain('web-1', 20_000).catch(() => null);
    await waitFor('the drain to have begun', async () =>
      settingsIn(await haproxy.tell('show servers state shop')).some((one) => one.includes('admin_state=8')),
    );
    await haproxy.stop();
    await Promise.allSettled(held.map(async (one) => (await one).text()));
    await haproxy.start();
    // The deploy asks again for what failed meanwhile: src/deploy/journal/retry-while-away.ts.
    const ended = (await drain) ?? (await world.balancer.drain('web-1', 20_000));
    expect(ended).to.deep.equal({ cut: 0 });
    expect((await world.balancer.look()).drift).to.deep.equal([]);
  });

  it('counts what each arm has answered, whatever was counted before', async () => {
    await begun();
    await share(50);
    await canaryUp(new Agent());
    const before = await world.balancer.readings();
    world.canary.ill = 500;
    const counted = await startLoad({ port: world.proxy, by: 'x-instance', requests: 40, connections: 1 })
      .done;
    const both = countedSince(before, await world.balancer.readings(), arms);
    const canary = counted.byHeader['can-1'] ?? 0;
    expect(canary).to.be.greaterThan(5);
    expect(both.canary).to.deep.include({ requests: canary, errors: canary });
    expect(both.canary.byClass['5xx']).to.equal(canary);
    expect(both.stable).to.deep.include({ requests: 40 - canary, errors: 0 });
  });

  it('knows the share that the canary got since the last change, and begins anew with the next', async () => {
    await begun();
    await share(50);
    await canaryUp(new Agent());
    await share(25);
    expect(await world.balancer.observed()).to.equal(null);
    await startLoad({ port: world.proxy, requests: 200, connections: 2 }).done;
    // Another change of another thing is no new share.
    await world.make({ kind: 'drain', instance: 'web-1', note: { since: 1, by: 'x' } });
    const seen = await world.balancer.observed();
    expect(seen?.requests).to.equal(200);
    expect(seen?.share).to.be.within(24, 26);
    await world.store.set(
      'canopy:shop:haproxy',
      '{"share":25,"readings":[{"host":"local","pid":1,"servers":{"x":{}}}]}',
    );
    expect(await world.balancer.observed()).to.equal(null);
  });

  it('counts a request without an answer once, as an error', async () => {
    await begun();
    const before = await world.balancer.readings();
    await fetch(`http://127.0.0.1:${world.proxy}/reset`).then((answer) => answer.text());
    const { stable } = countedSince(before, await world.balancer.readings(), arms);
    expect(stable).to.deep.include({ requests: 1, errors: 1 });
    expect(stable.byClass['none']).to.equal(1);
  });
});
