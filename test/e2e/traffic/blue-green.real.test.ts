import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, type TrafficWorld } from './traffic-world.ts';
import { askedSince, lostOf, watchLoad } from './watched-load.ts';

const blue = ['web-1', 'web-2'];
const green = ['web-3', 'web-4'];

describe('blue-green under load, end to end', function () {
  this.timeout(180_000);
  let traffic: TrafficWorld;
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({
      stable: 4,
      each: (at) => `, tags: [${at < 2 ? 'blue' : 'green'}]`,
      rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 5m',
    });
    await traffic.startRouter();
  });
  after(() => traffic?.stop());

  let first = '';
  let second = '';
  const drained = async (): Promise<string[]> =>
    Object.keys((await traffic.ask('GET', '/state')).body.drained as object).sort();
  const did = (json: { data: { instances: { name: string; did: string }[] } }): string[] =>
    json.data.instances.map((item) => `${item.name} ${item.did}`);

  it('gives the first release to the first group, which serves', async () => {
    first = (await traffic.ship('1')).id;
    const { code, json, stderr } = await traffic.deploy('production');
    expect(code, stderr).to.equal(0);
    expect(did(json)).to.deep.equal(['web-1 deployed', 'web-2 deployed']);
    expect((await traffic.releases()).slice(0, 4)).to.deep.equal([first, first, null, null]);
  });

  it('proves the idle group, switches to it at once, and keeps the old one warm: no request is lost', async () => {
    second = (await traffic.ship('2')).id;
    const load = watchLoad(traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    const { code, json, stderr } = await traffic.deploy('production');
    const since = performance.now();
    await waitFor('answers of the new group', () => askedSince(load.seen, since).length > 100);
    const seen = await load.stop();

    expect(code, stderr).to.equal(0);
    expect(did(json)).to.deep.equal(['web-3 deployed', 'web-4 deployed', 'web-1 retired', 'web-2 retired']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(traffic.cuts()).to.deep.equal([]);
    expect(new Set(askedSince(seen, since).map(({ instance }) => instance))).to.deep.equal(new Set(green));
    expect(await drained()).to.deep.equal(blue);
    expect((await traffic.releases()).slice(0, 4)).to.deep.equal([first, first, second, second]);
  });

  it('is unchanged when the group that serves runs the release', async () => {
    const { code, json } = await traffic.deploy('production');
    expect([code, json.outcome]).to.deep.equal([0, 'unchanged']);
  });

  it('switches back by the balancer alone: nothing is sent, nothing restarted', async () => {
    const pids = blue.map((name) => pidOf(traffic, name));
    const load = watchLoad(traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    const { code, json, stderr } = await traffic.canopy('rollback', '--environment', 'production');
    const since = performance.now();
    await waitFor('answers of the old group', () => askedSince(load.seen, since).length > 100);
    const seen = await load.stop();

    expect(code, stderr).to.equal(0);
    expect(json.data.release).to.equal(first);
    expect(did(json).slice(0, 2)).to.deep.equal(['web-1 deployed', 'web-2 deployed']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(blue.map((name) => pidOf(traffic, name))).to.deep.equal(pids);
    expect(stderr).not.to.contain('switch to');
    expect(new Set(askedSince(seen, since).map(({ instance }) => instance))).to.deep.equal(new Set(blue));
    expect(await drained()).to.deep.equal(green);
  });

  it('never sends a request to a bad release; the group that serves is not touched', async () => {
    const bad = (await traffic.ship('bad', true)).id;
    const load = watchLoad(traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    const { code, json, stderr } = await traffic.deploy('production');
    const seen = await load.stop();

    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(seen.some(({ release }) => release === bad)).to.equal(false);
    expect(await drained()).to.deep.equal(green);
    expect((await traffic.releases()).slice(0, 4)).to.deep.equal([first, first, second, second]);
  });

  it('stops the old group after keepWarm, but not when it serves again by then', async () => {
    const warm = (time: string): void =>
      traffic.world.configure({
        rollout: `strategy: blue-green, groups: [blue, green], keepWarm: ${time}`,
      });
    warm('10s');
    const third = (await traffic.ship('3')).id;
    expect((await traffic.deploy('production')).code).to.equal(0);
    expect(waiting(traffic, 'web-1', 10)).to.be.greaterThan(0);
    // Back before the ten seconds have passed: what was to stop it is refused by its token.
    warm('1s');
    const back = await traffic.canopy('rollback', '--environment', 'production');
    expect(back.code, back.stderr).to.equal(0);
    await waitFor('the other group to be stopped', async () => {
      const [, , three, four] = await traffic.releases();
      return three === null && four === null;
    });
    await waitFor('the first stop to have come', () => waiting(traffic, 'web-1', 10) === 0);
    expect((await traffic.releases()).slice(0, 2)).to.deep.equal([first, first]);
    expect(third).not.to.equal(first);
  });
});

const pidOf = (traffic: TrafficWorld, name: string): string =>
  readFileSync(join(traffic.world.path(name), 'shared/app.pid'), 'utf8').trim();

/** How many commands wait so many seconds to stop it. */
const waiting = (traffic: TrafficWorld, name: string, seconds: number): number =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => commandOf(pid).includes(`\0canopy\0${seconds}\0${traffic.world.path(name)}\0`)).length;

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended in the meantime.
    return '';
  }
}
