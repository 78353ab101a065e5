import { expect } from 'chai';
import { buildKilled } from '../../support/worlds/build-killed.ts';
import { startController } from '../../support/worlds/controller.ts';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startTrafficWorld, TOKEN, type TrafficWorld } from './traffic-world.ts';
import { lostOf, watchLoad } from './watched-load.ts';

/** Where the switch dies: the new group serves, the old one is out of the traffic and runs. Each begins where the one before ended. */
const deaths: readonly (readonly [point: string, old: number])[] = [
  ['before command: cool web-1', 0],
  ['after command: cool web-2', 1],
];

describe('a blue-green switch that died behind the traffic, end to end', function () {
  this.timeout(120_000);
  let traffic: TrafficWorld;
  let program = '';
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    traffic = await startTrafficWorld({
      stable: 2,
      each: (at) => `, tags: [${at < 1 ? 'blue' : 'green'}]`,
      rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 5m',
    });
    program = await buildKilled(traffic.world.folder);
    await traffic.startRouter();
  });
  after(() => traffic?.stop());
  const rollout = (keepWarm: string): void =>
    traffic.world.configure({
      rollout: `strategy: blue-green, groups: [blue, green], keepWarm: ${keepWarm}`,
    });

  it('begins with the first group alone', async () => {
    await traffic.ship('1');
    expect((await traffic.deploy('production')).code).to.equal(0);
  });

  for (const [die, old] of deaths)
    it(`died ${die}: the next deploy stops the old group after keepWarm, and loses nothing`, async () => {
      rollout('5m');
      const before = (await traffic.releases())[old];
      const next = (await traffic.ship(`after ${die}`)).id;
      const env = { CANOPY_TOKEN: TOKEN };
      const words = ['deploy', '--environment', 'production'];
      const died = await startController(program, traffic.world, { die }, { words, env }).ended;
      expect([died.signal, died.points.at(-1)], died.stderr).to.deep.equal(['SIGKILL', die]);
      const now = await traffic.releases();
      expect([now[old], now[1 - old]]).to.deep.equal([before, next]);
      await traffic.world.redis.tell('PEXPIRE', 'canopy:shop:lock:production', '1');

      rollout('1s');
      const load = watchLoad(traffic.proxy);
      await waitFor('the first answers', () => load.seen.length > 50);
      const { code, json, stderr } = await traffic.deploy('production');
      expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
      await waitFor('the old group to be stopped', async () => (await traffic.releases())[old] === null);
      const seen = await load.stop();
      expect(lostOf(seen)).to.deep.equal([]);
      expect(new Set(seen.map(({ release }) => release))).to.deep.equal(new Set([next]));
      expect((await traffic.releases())[1 - old]).to.equal(next);
      expect((await traffic.deploy('production')).json.outcome).to.equal('unchanged');
    });
});
