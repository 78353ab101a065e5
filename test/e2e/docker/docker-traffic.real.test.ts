import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { freePort } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Running } from '../../support/worlds/world.ts';
import { lostOf, watchLoad } from '../traffic/watched-load.ts';

describe('containers behind the router, under load', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  let router: Running | null = null;
  let proxy = 0;
  let good = '';
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    proxy = await freePort();
    const admin = await freePort();
    at.configure({
      instances: ['web-1', 'web-2'],
      more: `traffic:
  listen: 127.0.0.1:${proxy}
  admin: { listen: 127.0.0.1:${admin} }
  stable: production
  probe: { path: /cgi-bin/health }
  health: { path: /cgi-bin/health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }`,
    });
    good = await at.release('1');
    const { code, stderr } = await at.deploy('--no-balancer');
    expect(code, stderr).to.equal(0);
    const started = at.begin('router');
    router = started;
    await waitFor('the router', async () => {
      if (started.child.exitCode !== null) throw new Error(started.output());
      return (
        (await fetch(`http://127.0.0.1:${proxy}/`, { signal: AbortSignal.timeout(2000) })).status === 200
      );
    });
  });
  after(async () => {
    router?.child.kill('SIGKILL');
    await router?.ended;
    await at?.stop();
  });

  it('replaces every container and loses no request', async () => {
    const before = good;
    good = await at.release('2');
    const load = watchLoad(proxy, 4);
    await waitFor('the first answers', () => load.seen.length > 50);
    const { code, stderr } = await at.deploy();
    const since = load.seen.length;
    await waitFor('answers of the new release', () => load.seen.length > since + 50);
    const seen = await load.stop();
    expect(code, stderr).to.equal(0);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(new Set(seen.map(({ release }) => release))).to.deep.equal(new Set([before, good]));
    expect(new Set(seen.slice(since).map(({ release, instance }) => `${instance} ${release}`))).to.deep.equal(
      new Set([`web-1 ${good}`, `web-2 ${good}`]),
    );
  });

  it('puts a bad image back: nothing lost, and nobody ever sees it', async () => {
    await at.release('3', 'sick');
    const load = watchLoad(proxy, 4);
    await waitFor('the first answers', () => load.seen.length > 50);
    const { code, json, stderr } = await at.deploy();
    const since = load.seen.length;
    await waitFor('answers after the revert', () => load.seen.length > since + 50);
    const seen = await load.stop();
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(lostOf(seen)).to.deep.equal([]);
    expect(new Set(seen.map(({ release }) => release))).to.deep.equal(new Set([good]));
    expect(new Set(seen.slice(since).map(({ instance }) => instance))).to.deep.equal(
      new Set(['web-1', 'web-2']),
    );
  });
});
