/** Every point of a good and of a bad deploy, on both drivers, taken up in every way: needs `npm run build`, Redis and sshd. */
import { chanceOf } from './random.ts';
import { startFaults, type Recovery, type Way } from './faults.ts';

const recoveries: readonly Recovery[] = ['resume', 'twice', 'deploy', 'rollback'];

/** Throws with the first death that leaves something wrong; tells how many there were of each kind. */
export async function checkFaults({
  runs,
  seed,
  instances,
}: {
  readonly runs: number;
  readonly seed: number;
  readonly instances: number;
}): Promise<Record<string, number>> {
  const { next } = chanceOf(seed);
  const told: Record<string, number> = {};
  let left = runs;
  for (const driver of ['local', 'ssh'] as const) {
    const world = await startFaults({ instances, driver, rollout: '' });
    try {
      for (const way of ['good', 'bad'] as const satisfies readonly Way[]) {
        const points = await world.points(way);
        told[`points of a ${way} release, ${driver}`] = points.length;
        for (const recovery of recoveries)
          for (const point of points) {
            if ((left -= 1) < 0) return told;
            const again = points[Math.floor(next() * points.length)] ?? '';
            await world.die({ point, way, recovery, ...(recovery === 'twice' ? { again } : {}) });
            const kind = `${way}, ${recovery}, ${driver}`;
            told[kind] = (told[kind] ?? 0) + 1;
          }
      }
    } finally {
      await world.stop();
    }
  }
  return told;
}
