/** Every point of a good and of a bad deploy, taken up in every way: needs `npm run build`, Redis and sshd. */
import type { FaultShape } from '../support/fault-files.ts';
import { startFaults, type Faults, type Recovery, type Way } from './faults.ts';
import { chanceOf } from './random.ts';

const recoveries: readonly Recovery[] = ['resume', 'twice', 'deploy', 'rollback'];
const ways: readonly Way[] = ['good', 'bad'];

export interface FaultOptions {
  /** So many deaths at the most. */
  readonly runs: number;
  readonly seed: number;
  readonly instances: number;
}

/** `instances` one after the other, by SSH too; twice as many in batches of two; and two groups that take turns. */
const shapesOf = (instances: number): Readonly<Record<string, FaultShape>> => ({
  'rolling, local': { instances, driver: 'local', rollout: '' },
  'rolling, ssh': { instances, driver: 'ssh', rollout: '' },
  'batches of two, local': {
    instances: instances * 2,
    driver: 'local',
    rollout: 'batch: 2, maxUnavailable: 2',
    together: 2,
  },
  'blue-green, local': {
    instances: instances * 2,
    driver: 'local',
    rollout: 'strategy: blue-green, groups: [blue, green], keepWarm: 1s',
    tags: ['blue', 'green'],
  },
});

/** Throws with the first death that leaves something wrong; tells how many there were of each kind. */
export async function checkFaults({ runs, seed, instances }: FaultOptions): Promise<Record<string, number>> {
  const { next } = chanceOf(seed);
  const told: Record<string, number> = {};
  let left = runs;
  for (const [name, shape] of Object.entries(shapesOf(instances))) {
    if (left <= 0) break;
    const world = await startFaults(shape);
    try {
      for (const way of ways) {
        const points = await pointsOf(world, shape, way);
        told[`points of a ${way} release, ${name}`] = points.length;
        for (const recovery of recoveries)
          for (const point of points) {
            if ((left -= 1) < 0) return told;
            const again = points[Math.floor(next() * points.length)] ?? '';
            await world.die({ point, way, recovery, ...(recovery === 'twice' ? { again } : {}) });
            const kind = `${way}, ${recovery}, ${name}`;
            told[kind] = (told[kind] ?? 0) + 1;
          }
      }
    } finally {
      await world.stop();
    }
  }
  return told;
}

/** By their names; by their numbers where several things go on at once, or the groups take turns. */
async function pointsOf(world: Faults, { tags, together }: FaultShape, way: Way): Promise<string[]> {
  const points = await world.points(way);
  return tags === undefined && together === undefined ? points : points.map((_, at) => `#${at + 1}`);
}
