/** What every balancer does, whoever splits the traffic. */
import { expect } from 'chai';
import { isCanopyError } from '../../src/errors.ts';
import { lost, startLoad, type Load } from '../support/http/load.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import type { BalancerWorld } from './world.ts';

/** For what comes for certain: a busy machine takes its time. */
const patienceMs = 20_000;

const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);

export function balancerContract(start: (folder: string) => Promise<BalancerWorld>): void {
  const folder = tempFolder();
  let world: BalancerWorld;
  /** Ended also when a test fails. */
  const loads: Load[] = [];
  beforeEach(async () => {
    world = await start(folder());
    for (const { name } of world.stable) await world.balancer.ready(name, patienceMs);
  });
  afterEach(async () => {
    await Promise.all(loads.splice(0).map((one) => one.stop()));
    await world?.stop();
  });

  const url = (path = '/'): string => `http://127.0.0.1:${world.proxy}${path}`;
  const load = (more = {}): Load => {
    const options = { port: world.proxy, path: '/slow?ms=10', connections: 6, by: 'x-instance' };
    const begun = startLoad({ ...options, ...more });
    loads.push(begun);
    return begun;
  };
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (isCanopyError(error)) return error.code;
      throw error;
    }
    return 'no error';
  };
  const share = (weight: number): Promise<readonly string[]> =>
    world.make({ kind: 'enable', on: true }, { kind: 'weight', weight });
  const grows = async (counted: () => number, by = 60): Promise<void> => {
    const before = counted();
    await waitFor('more requests', () => counted() > before + by);
  };
  const canaryUp = (): Promise<unknown> =>
    waitFor('the canary to serve', async () => {
      await fetch(url()).then((answer) => answer.text());
      return world.canary.seen > 0;
    });

  it('passes its check, and has nobody drained', async () => {
    await world.balancer.check();
    expect(await world.balancer.drained()).to.deep.equal([]);
  });

  it('drains under load: nothing in flight, nothing picked afterwards, nothing lost', async () => {
    const running = load();
    await grows(() => running.now().requests, 100);
    for (const victim of world.stable) {
      expect(await world.balancer.drain(victim.name, patienceMs)).to.deep.equal({ cut: 0 });
      expect(victim.active, 'in flight on the instance itself').to.equal(0);
      expect(await world.balancer.drained()).to.deep.equal([victim.name]);
      const { seen } = victim;
      await victim.kill();
      await grows(() => running.now().requests);
      expect(victim.seen, 'picked after the drain').to.equal(seen);
      await victim.revive();
      await world.balancer.ready(victim.name, patienceMs);
      await waitFor('it to be used again', () => victim.seen > seen);
    }
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('says how many are cut when the time is over', async () => {
    const held = Array.from({ length: 9 }, () => fetch(url('/hold')));
    const arrived = (): boolean =>
      sum([...world.stable, world.canary].map((one) => one.active)) === held.length;
    // More, should a check have failed for a moment.
    await waitFor('a request on web-1', () => {
      if (arrived() && world.stable[0]?.active === 0) held.push(fetch(url('/hold')));
      return arrived() && world.stable[0]?.active !== 0;
    });
    const { cut } = await world.balancer.drain('web-1', 3000);
    expect(cut).to.equal(world.stable[0]?.active);
    expect(cut).to.be.at.least(1);
    await world.end();
    await Promise.allSettled(held.map(async (one) => (await one).text()));
  });

  it('takes an instance back when it is healthy, not before', async () => {
    const [victim] = world.stable;
    if (!victim) throw new Error('no instance');
    await world.balancer.drain(victim.name, patienceMs);
    victim.status = 503;
    // A router checks it also while it is drained: it has to know.
    await waitFor('it to be found sick', async () => {
      const { instances } = await world.balancer.load();
      return !world.counts || instances.find(({ name }) => name === victim.name)?.healthy === false;
    });
    const running = load();
    const { seen } = victim;
    // Seen by health checks does not count: the upstream counts only others.
    expect(await codeOf(world.balancer.ready(victim.name, 2500))).not.to.equal('no error');
    await grows(() => running.now().requests);
    expect(victim.seen, 'picked while it was sick').to.equal(seen);
    victim.status = null;
    await world.balancer.ready(victim.name, patienceMs);
    await waitFor('it to be used again', () => victim.seen > seen);
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('does not know an instance of somebody else', async () => {
    expect(await codeOf(world.balancer.ready('web-9', 20_000))).to.match(
      /unknown-instance|balancer-instance/,
    );
  });

  it('says so when nobody is there any more', async () => {
    await world.end();
    await waitFor(
      'it to be noticed',
      async () => (await codeOf(world.balancer.check())) !== 'no error',
      patienceMs,
    );
  }).timeout(60_000);

  it('drains two at once', async () => {
    const running = load();
    await grows(() => running.now().requests);
    const both = ['web-1', 'web-2'].map((name) => world.balancer.drain(name, patienceMs));
    expect(await Promise.all(both)).to.deep.equal([{ cut: 0 }, { cut: 0 }]);
    expect([...(await world.balancer.drained())].sort()).to.deep.equal(['web-1', 'web-2']);
    const seen = world.stable.map((one) => one.seen);
    await grows(() => running.now().requests);
    expect(world.stable.slice(0, 2).map((one) => one.seen)).to.deep.equal(seen.slice(0, 2));
    await Promise.all(['web-1', 'web-2'].map((name) => world.balancer.ready(name, patienceMs)));
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
  });

  it('gives the canary its share, and no more', async () => {
    expect(await share(25)).to.deep.equal([]);
    await canaryUp();
    const counted = await startLoad({ port: world.proxy, by: 'x-instance', connections: 4, requests: 800 })
      .done;
    expect(((counted.byHeader['can-1'] ?? 0) / 800) * 100).to.be.within(23, 27);
    expect(await share(0)).to.deep.equal([]);
    const { seen } = world.canary;
    await startLoad({ port: world.proxy, connections: 4, requests: 100 }).done;
    expect(world.canary.seen).to.equal(seen);
  });

  it('sends the canary nothing after an alert, and what was under way is finished', async () => {
    await share(50);
    await canaryUp();
    const running = load();
    await grows(() => running.now().byHeader['can-1'] ?? 0, 20);
    const alert = { since: 1, by: 'test', reason: 'slow' };
    expect(await world.make({ kind: 'alert', actor: 'store', alert })).to.deep.equal([]);
    // What was picked before may still be on its way.
    await running.settled();
    const { seen } = world.canary;
    await grows(() => running.now().requests, 100);
    expect(world.canary.seen, 'picked after the alert').to.equal(seen);
    const counted = await running.stop();
    expect(lost(counted), JSON.stringify(counted)).to.equal(0);
    await world.make({ kind: 'rearm' });
    await waitFor('the canary to serve again', async () => {
      await fetch(url()).then((answer) => answer.text());
      return world.canary.seen > seen;
    });
  });

  it('keeps who is drained over a restart', async () => {
    await world.balancer.drain('web-1', patienceMs);
    await world.restart();
    expect(await world.balancer.settle(patienceMs)).to.deep.equal([]);
    expect(await world.balancer.drained()).to.deep.equal(['web-1']);
    await waitFor('the others to serve', async () => (await fetch(url())).ok);
    const seen = world.stable[0]?.seen;
    await startLoad({ port: world.proxy, connections: 4, requests: 200 }).done;
    expect(world.stable[0]?.seen).to.equal(seen);
    await world.balancer.ready('web-1', patienceMs);
    await startLoad({ port: world.proxy, connections: 4, requests: 200 }).done;
    expect(world.stable[0]?.seen).to.be.greaterThan(seen ?? 0);
  });

  it('tells who serves, and how much where it counts', async () => {
    await share(0);
    await world.balancer.drain('web-2', patienceMs);
    const running = load();
    await grows(() => running.now().requests);
    await waitFor('a rate', async () => {
      const { instances, canaryShare } = await world.balancer.load();
      const of = (name: string) => instances.find((one) => one.name === name);
      expect([of('web-1')?.drained, of('web-2')?.drained, canaryShare]).to.deep.equal([false, true, 0]);
      expect(of('web-1')?.healthy).to.equal(true);
      const rate = of('web-1')?.requestsPerSecond;
      return world.counts ? (rate ?? 0) > 1 : rate === null;
    });
    await running.stop();
  });
}
