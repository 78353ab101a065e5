import { expect } from 'chai';
import { startFaults, type Faults, type Recovery, type Way } from '../soak/faults.ts';
import { chanceOf } from '../soak/random.ts';
import { needs } from '../support/needs.ts';

/** Each point in turn is taken up by another way; the whole matrix is `npm run soak -- faults`. */
const ways: Readonly<Record<Way, readonly Recovery[]>> = {
  good: ['resume', 'deploy', 'rollback', 'twice'],
  bad: ['resume', 'deploy', 'twice'],
};
const atOnce = 3;
/** One of so many points is tried here, each time others. */
const oneOf = 4;

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
      const { int } = chanceOf(seed);
      const first = int(0, oneOf - 1);
      const chosen = points.filter((_, at) => at % oneOf === first);
      const left = chosen.map((point, at) => ({ point, at, again: all[int(0, all.length - 1)] ?? '' }));
      await Promise.all(
        worlds.map(async (world) => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            const { point, at, again } = next;
            const recovery = ways[way][at % ways[way].length] ?? 'resume';
            const death = { point, way, recovery, ...(recovery === 'twice' ? { again } : {}) };
            // The first lease runs out by itself, the others by our doing.
            await world.die({ ...death, patient: at === 0 });
          }
        }),
      );
      console.log(`      ${chosen.length} of ${points.length} points`);
    });
  }
});
