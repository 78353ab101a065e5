import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { startFaults, type Faults, type Recovery, type Way } from '../soak/faults.ts';

/** Each point in turn is taken up by another way; the whole matrix is `npm run soak -- faults`. */
const ways: Readonly<Record<Way, readonly Recovery[]>> = {
  good: ['resume', 'deploy', 'rollback', 'twice'],
  bad: ['resume', 'deploy', 'twice'],
};
const atOnce = 3;

describe('a controller that is killed at any point of a deploy', function () {
  this.timeout(300_000);
  const worlds: Faults[] = [];
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    for (let at = 0; at < atOnce; at += 1)
      worlds.push(await startFaults({ instances: 2, driver: 'local', rollout: '' }));
  });
  after(() => Promise.all(worlds.map((world) => world.stop())));

  for (const way of ['good', 'bad'] as const)
    it(`a ${way} release: each tenth point, and what is left is taken up`, async () => {
      const points = (await worlds[0]?.points(way)) ?? [];
      expect(points.length).to.be.greaterThan(50);
      // Another tenth each day: in the end all of them were there.
      const day = Math.floor(Date.now() / 86_400_000);
      const chosen = points.filter((_, at) => (at + day) % 10 === 0);
      const left = chosen.map((point, at) => ({ point, at }));
      await Promise.all(
        worlds.map(async (world) => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const recovery = ways[way][next.at % ways[way].length] ?? 'resume';
            const again = points[(next.at * 7 + day) % points.length] ?? '';
            await world.die({
              point: next.point,
              way,
              recovery,
              ...(recovery === 'twice' ? { again } : {}),
            });
          }
        }),
      );
      console.log(`      ${chosen.length} of ${points.length} points, day ${day}`);
    });
});
