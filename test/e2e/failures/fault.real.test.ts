import { expect } from 'chai';
import { startFaults, type Faults } from '../../soak/faults/faults.ts';
import { deathsOf } from '../../soak/faults/faults-matrix.ts';
import { chanceOf } from '../../soak/random.ts';
import { needs } from '../../support/needs.ts';

const atOnce = 3;
/** This part of the points is tried here, each time others; `npm run soak -- faults` tries all, by every strategy. */
const share = 1 / 4;

describe('a controller that is killed at any point of a deploy', function () {
  this.timeout(300_000);
  const worlds: Faults[] = [];
  const known = new Set<string>();
  before(needs('redis-server', 'sshd', 'git'));
  before(async () => {
    for (let at = 0; at < atOnce; at += 1)
      worlds.push(await startFaults({ instances: 2, driver: 'local', rollout: '' }));
  });
  after(() => Promise.all(worlds.map((world) => world.stop())));

  for (const way of ['good', 'bad'] as const) {
    const seed = Date.now() % 2 ** 31;
    it(`a ${way} release: what is left is taken up (seed ${seed})`, async () => {
      const all = (await worlds[0]?.points(way)) ?? [];
      // What a bad release has in common with a good one was tried with that: its own points are those of the way back.
      const points = all.filter((point) => !known.has(point));
      for (const point of points) known.add(point);
      expect(points.length).to.be.greaterThan(20);
      const left = deathsOf(points, { way, share, chance: chanceOf(seed) });
      const tried = left.length;
      // The first lease runs out by itself, the others by our doing.
      const [patient] = left;
      await Promise.all(
        worlds.map(async (world) => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            await world.die({ ...next, patient: next === patient });
          }
        }),
      );
      console.log(`      ${tried} of ${points.length} points`);
    });
  }
});
