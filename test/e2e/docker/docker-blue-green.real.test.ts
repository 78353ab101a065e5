import { expect } from 'chai';
import { needsDocker } from '../../support/hosts/dockerd.ts';
import { startDockerWorld, type DockerWorld } from '../../support/hosts/docker-world.ts';
import { freePort } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Outcome, Running } from '../../support/worlds/world.ts';
import { askedSince, lostOf, watchLoad } from '../traffic/watched-load.ts';

describe('blue-green with containers: two slots on one server', function () {
  this.timeout(60_000);
  let at: DockerWorld;
  let router: Running | null = null;
  let proxy = 0;
  let admin = 0;
  let first = '';
  let second = '';
  before(needsDocker);
  before(async () => {
    at = await startDockerWorld();
    proxy = await freePort();
    admin = await freePort();
    warm('5m');
    first = await at.release('1');
    const started = at.begin('router');
    router = started;
    await waitFor('the router', async () => {
      if (started.child.exitCode !== null) throw new Error(started.output());
      return (await fetch(`http://127.0.0.1:${admin}/healthz`)).status === 200;
    });
    const { code, stderr } = await at.deploy();
    expect(code, stderr).to.equal(0);
  });
  after(async () => {
    router?.child.kill('SIGKILL');
    await router?.ended;
    await at?.stop();
  });
  function warm(time: string): void {
    at.configure({
      instances: ['web-1', 'web-2'],
      tags: { 'web-1': 'blue', 'web-2': 'green' },
      rollout: `healthyFor: 0s, strategy: blue-green, groups: [blue, green], keepWarm: ${time}`,
      more: `traffic:
  listen: 127.0.0.1:${proxy}
  admin: { listen: 127.0.0.1:${admin} }
  stable: production
  probe: { path: /cgi-bin/health }
  health: { path: /cgi-bin/health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }`,
    });
  }
  const started = (instance: string): string => at.inspect('{{.Id}} {{.State.StartedAt}}', instance);
  const running = (instance: string): string => at.inspect('{{.State.Running}}', instance);
  const who = '{{index .Config.Labels "canopy.release"}}';

  /** Who answered afterwards, while nothing was lost. */
  async function under(work: () => Promise<Outcome>): Promise<{ ended: Outcome; after: string[] }> {
    const load = watchLoad(proxy, 4);
    await waitFor('the first answers', () => load.seen.length > 50);
    const ended = await work();
    const since = performance.now();
    await waitFor('answers afterwards', () => askedSince(load.seen, since).length > 50);
    const seen = await load.stop();
    expect(lostOf(seen), ended.stderr).to.deep.equal([]);
    const after = askedSince(seen, since).map(({ instance, release }) => `${instance} ${release}`);
    return { ended, after: [...new Set(after)] };
  }

  it('gives the first release to the first slot', async () => {
    expect([await at.answers('web-1'), await at.answers('web-2')]).to.deep.equal([first, null]);
  });

  it('proves the new container in the other slot, then switches: the old one stays warm, no request is lost', async () => {
    second = await at.release('2');
    const before = started('web-1');
    const { ended, after } = await under(() => at.deploy());
    expect(ended.json.outcome, ended.stderr).to.equal('done');
    expect(after).to.deep.equal([`web-2 ${second}`]);
    expect(started('web-1')).to.equal(before);
  });

  it('switches back and restarts no container', async () => {
    const before = [started('web-1'), started('web-2')];
    const { ended, after } = await under(() => at.canopy('rollback', '--environment', 'production'));
    expect([ended.json.outcome, ended.json.data.release], ended.stderr).to.deep.equal(['done', first]);
    expect(after).to.deep.equal([`web-1 ${first}`]);
    expect([started('web-1'), started('web-2')]).to.deep.equal(before);
  });

  it('never sends a request to a bad release, and puts the slot that waits back', async () => {
    await at.release('3', 'sick');
    const { ended, after } = await under(() => at.deploy());
    expect(ended.json.outcome, ended.stderr).to.equal('reverted');
    expect(after).to.deep.equal([`web-1 ${first}`]);
    expect([at.inspect(who, 'web-2'), running('web-2')]).to.deep.equal([second, 'true']);
  });

  it('stops the old container when it is no longer kept warm, and starts it again for the next release', async () => {
    warm('1s');
    const third = await at.release('4');
    const { ended, after } = await under(() => at.deploy());
    expect(ended.json.outcome, ended.stderr).to.equal('done');
    expect(after).to.deep.equal([`web-2 ${third}`]);
    await waitFor('the old container to be stopped', () => running('web-1') === 'false', 20_000);
    const fourth = await at.release('5');
    const next = await under(() => at.deploy());
    expect(next.ended.json.outcome, next.ended.stderr).to.equal('done');
    expect(next.after).to.deep.equal([`web-1 ${fourth}`]);
  });
});
