import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startFrontedWorld, type FrontedWorld } from './haproxy-front.ts';
import { askedSince, lostOf, watchLoad, type Seen } from './watched-load.ts';

const did = (json: { data: { instances: { name: string; did: string }[] } }): string[] =>
  json.data.instances.map((item) => `${item.name} ${item.did}`);
const servers = (seen: readonly Seen[]): string[] =>
  [...new Set(seen.map(({ instance }) => instance))].sort();

describe('HAProxy in front: deploys and a canary under load, end to end', function () {
  this.timeout(120_000);
  let front: FrontedWorld;
  before(needs('redis-server', 'sshd', 'git', 'haproxy'));
  before(async () => (front = await startFrontedWorld()));
  after(() => front?.stop());

  let good = { id: '', file: '' };
  const underLoad = async (work: () => Promise<void>): Promise<readonly Seen[]> => {
    const load = watchLoad(front.traffic.proxy);
    await waitFor('the first answers', () => load.seen.length > 100);
    try {
      await work();
    } finally {
      await load.stop();
    }
    return load.seen;
  };

  it('rolls out the first release, which nobody asks for yet', async () => {
    good = await front.traffic.ship('1');
    const { code, stderr, json } = await front.traffic.deploy('production');
    expect(code, stderr).to.equal(0);
    expect(did(json)).to.deep.equal(['web-1 deployed', 'web-2 deployed', 'web-3 deployed']);
    expect(await front.out()).to.deep.equal(['can-1']);
  });

  it('rolls out the next one instance by instance: no request is lost, the probe agrees', async () => {
    const next = await front.traffic.ship('2');
    const seen = await underLoad(async () => {
      const { code, stderr, json } = await front.traffic.deploy('production');
      expect(code, stderr).to.equal(0);
      expect(json.data.probe.lost).to.equal(0);
      expect(json.data.probe.requests).to.be.greaterThan(10);
    });
    expect(lostOf(seen)).to.deep.equal([]);
    expect(front.traffic.cuts()).to.deep.equal([]);
    expect(seen.at(-1)?.release).to.equal(next.id);
    good = next;
  });

  it('sends a canary its share, and nothing from the moment of an abort on', async () => {
    const next = await front.traffic.ship('3');
    const seen = await underLoad(async () => {
      const begun = await front.traffic.canopy('canary', 'start');
      expect(begun.code, begun.stderr).to.equal(0);
      const { code, stderr } = await front.traffic.canopy('canary', 'weight', '50');
      expect(code, stderr).to.equal(0);
      const load = watchLoad(front.traffic.proxy, 2);
      await waitFor('the canary to serve', () => load.seen.some(({ release }) => release === next.id));
      const shown = await front.traffic.canopy('canary', 'status');
      expect(shown.json.data.balancer).to.deep.include({ kind: 'haproxy', drift: [] });
      expect(shown.json.data).to.deep.include({ share: 50, alert: null });
      const aborted = await front.traffic.canopy('canary', 'abort', '--reason', 'slow');
      expect(aborted.code, aborted.stderr).to.equal(0);
      const since = performance.now();
      await waitFor('answers after it', () => askedSince(load.seen, since).length > 50);
      await load.stop();
      expect(servers(askedSince(load.seen, since))).to.deep.equal(['web-1', 'web-2', 'web-3']);
    });
    expect(lostOf(seen)).to.deep.equal([]);
    const refused = await front.traffic.canopy('canary', 'start');
    expect([refused.code, refused.json.errors?.[0]?.code]).to.deep.equal([1, 'canary-alert']);
  });

  it('promotes once it is re-armed, and retires the canary', async () => {
    expect((await front.traffic.canopy('canary', 'resume')).code).to.equal(0);
    const seen = await underLoad(async () => {
      const { code, stderr } = await front.traffic.canopy('canary', 'promote');
      expect(code, stderr).to.equal(0);
    });
    expect(lostOf(seen)).to.deep.equal([]);
    expect(await front.out()).to.deep.equal(['can-1']);
    expect(new Set((await front.traffic.releases()).slice(0, 3)).size).to.equal(1);
  });

  it('changes nothing in a dry run', async () => {
    const before = await front.settings();
    expect(before).to.have.length(4);
    for (const words of [
      'deploy --environment production',
      'canary abort',
      'canary start',
      'rollback --environment production',
    ]) {
      const { code, stderr } = await front.traffic.canopy(...words.split(' '), '--dry-run');
      expect(code, `${words}: ${stderr}`).to.equal(0);
      expect(await front.settings(), words).to.deep.equal(before);
    }
  });

  it('shows what somebody else has changed, and mends it at the next action', async () => {
    const before = await front.settings();
    await front.haproxy.tell('set server shop/web-2 state maint');
    expect(await front.settings(), 'a change is seen there').not.to.deep.equal(before);
    const shown = await front.traffic.canopy('status');
    expect(shown.json.data.balancer.drift).to.deep.include({
      host: shown.json.data.balancer.hosts[0].host,
      instance: 'web-2',
      server: 'web-2',
      says: 'maint, wanted ready',
    });
    const { code, stderr } = await front.traffic.deploy(
      'production',
      '--only',
      'web-1',
      '--artifact',
      good.file,
    );
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('had drifted: web-2 was maint, wanted ready');
    expect(await front.out()).to.deep.equal(['can-1']);
    expect(await front.settings()).to.deep.equal(before);
  });

  it('touches nothing when HAProxy does not answer, and says of an abort that it is not there yet', async () => {
    await front.haproxy.stop();
    await front.traffic.ship('4');
    const before = readFileSync(join(front.traffic.world.path('web-1'), 'current/app.js'), 'utf8');
    const { code, json } = await front.traffic.deploy('production');
    expect([code, json.errors?.[0]?.code]).to.deep.equal([1, 'haproxy-away']);
    expect(readFileSync(join(front.traffic.world.path('web-1'), 'current/app.js'), 'utf8')).to.equal(before);
    const aborted = await front.traffic.canopy('canary', 'abort');
    expect([aborted.code, aborted.json.errors?.[0]?.code]).to.deep.equal([1, 'balancer-late']);
    // Once it is there again, the same call is what it takes.
    await front.haproxy.start();
    expect((await front.traffic.canopy('canary', 'abort')).code).to.equal(0);
    expect(await front.out()).to.deep.equal(['can-1']);
  });
});
