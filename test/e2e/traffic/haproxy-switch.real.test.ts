import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startFrontedWorld, type FrontedWorld } from './haproxy-front.ts';
import { askedSince, lostOf, watchLoad, type Seen } from './watched-load.ts';

const blue = ['web-1', 'web-2'];
const green = ['web-3', 'web-4'];

for (const sticky of ['none', 'cookie']) {
  describe(`blue-green by HAProxy under load, sticky: ${sticky}, end to end`, function () {
    this.timeout(120_000);
    let front: FrontedWorld;
    before(needs('redis-server', 'sshd', 'git', 'haproxy'));
    before(async () => {
      front = await startFrontedWorld(
        {
          stable: 4,
          each: (at) => `, tags: [${at < 2 ? 'blue' : 'green'}]`,
          rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 5m',
        },
        sticky,
      );
    });
    after(() => front?.stop());

    const outStable = async (): Promise<readonly string[]> =>
      (await front.out()).filter((name) => name.startsWith('web-'));
    const switched = async (work: () => Promise<void>, to: readonly string[]): Promise<readonly Seen[]> => {
      const load = watchLoad(front.traffic.proxy);
      await waitFor('the first answers', () => load.seen.length > 100);
      await work();
      const since = performance.now();
      await waitFor('answers of the new group', () => askedSince(load.seen, since).length > 100);
      const seen = await load.stop();
      expect(lostOf(seen)).to.deep.equal([]);
      expect(front.traffic.cuts()).to.deep.equal([]);
      const asked = askedSince(seen, since);
      expect(new Set(asked.map(({ instance }) => instance))).to.deep.equal(new Set(to));
      return seen;
    };

    it('switches to the idle group, and back without a restart: no request is lost', async () => {
      await front.traffic.ship('1');
      const first = await front.traffic.deploy('production');
      expect(first.code, first.stderr).to.equal(0);
      await front.traffic.ship('2');
      await switched(async () => {
        const { code, stderr } = await front.traffic.deploy('production');
        expect(code, stderr).to.equal(0);
      }, green);
      expect(await outStable()).to.deep.equal(blue);

      const pids = blue.map((name) => pidOf(front, name));
      await switched(async () => {
        const { code, stderr } = await front.traffic.canopy('rollback', '--environment', 'production');
        expect(code, stderr).to.equal(0);
        expect(stderr).not.to.contain('switch to');
      }, blue);
      expect(await outStable()).to.deep.equal(green);
      expect(blue.map((name) => pidOf(front, name))).to.deep.equal(pids);
    });
  });
}

const pidOf = ({ traffic }: FrontedWorld, name: string): string =>
  readFileSync(join(traffic.world.path(name), 'shared/app.pid'), 'utf8').trim();
