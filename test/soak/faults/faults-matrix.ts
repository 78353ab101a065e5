/** Every point of a good and of a bad deploy, by every strategy: needs `npm run build`, Redis and sshd. */
import { pool } from '../../../src/shared/pool.ts';
import type { FaultShape } from '../../support/worlds/fault-files.ts';
import { lost } from '../../support/http/load.ts';
import { shapesOf } from './fault-shapes.ts';
import { startFaults, type Death, type Faults, type Recovery, type Way } from './faults.ts';
import { chanceOf, type Chance } from '../random.ts';

export interface FaultOptions {
  /** In percent of the points: with 100 each is died at once, with 500 it is taken up in each way. */
  readonly runs: number;
  readonly seed: number;
  readonly instances: number;
  /** Strategies that are played at the same time; 3 by default. */
  readonly atOnce?: number;
}

type Figures = Record<string, number>;

const recoveries: readonly Recovery[] = ['resume', 'twice', 'deploy', 'rollback', 'emptied'];
const ways: readonly Way[] = ['good', 'bad'];
/** One in so many waits until the lease runs out by itself. */
const patientOne = 20;
const tellEvery = 25;

/** Throws with every death that leaves something wrong; tells how many there were of each kind, and what the visitors saw. */
export async function checkFaults({ runs, seed, instances, atOnce = 3 }: FaultOptions): Promise<Figures> {
  const figures: Figures = {};
  const wrongs: string[] = [];
  const scenes = Object.entries(shapesOf(instances)).map(([name, shape], at): Scene => ({
    name,
    shape,
    share: runs / 100,
    chance: chanceOf(seed + at),
  }));
  await pool(scenes, atOnce, async (scene) => {
    wrongs.push(...(await play(scene, figures)));
  });
  const told = Object.entries(figures).map(([what, count]) => `  ${what}: ${count}`);
  if (wrongs.length > 0)
    throw new Error(`${wrongs.length} deaths left something wrong:\n${[...wrongs, ...told].join('\n')}`);
  return figures;
}

interface Scene {
  readonly name: string;
  readonly shape: FaultShape;
  /** Of its points. */
  readonly share: number;
  readonly chance: Chance;
}

async function play({ name, shape, share, chance }: Scene, figures: Figures): Promise<string[]> {
  const wrongs: string[] = [];
  const count = (what: string, more = 1): void => void (figures[what] = (figures[what] ?? 0) + more);
  const end = async (faults: Faults): Promise<void> => {
    const seen = faults.world.load.now();
    count('requests', seen.requests);
    count('lost requests', lost(seen));
    await faults.stop();
  };
  let faults = await startFaults(shape);
  try {
    for (const way of ways) {
      const points = await pointsOf(faults, shape, way);
      count('points', points.length);
      console.log(`  ${name}, ${way}: ${points.length} points`);
      const deaths = deathsOf(points, { way, share, chance });
      for (const [at, death] of deaths.entries()) {
        if (at % tellEvery === 0) {
          const seen = faults.world.load.now();
          const so = `${at} of ${deaths.length} deaths, ${wrongs.length} wrong`;
          console.log(`  ${name}, ${way}: ${so}, ${seen.requests} requests, ${lost(seen)} lost`);
        }
        try {
          const outcome = await faults.die(death);
          count('deaths');
          count(`${death.way}, then ${death.recovery}: ${outcome}`);
        } catch (error) {
          wrongs.push(`${name}, ${(error as Error).message}`);
          console.log(`  ${wrongs.at(-1)}`);
          await end(faults);
          faults = await startFaults(shape);
        }
      }
    }
  } finally {
    await end(faults);
  }
  return wrongs;
}

export interface Choice {
  readonly way: Way;
  /** Of the points, evenly; 1: each once, 5: each by every recovery. */
  readonly share: number;
  readonly chance: Chance;
}

/** Each point by another recovery than its neighbour, and in the next pass by the next one. */
export function deathsOf(points: readonly string[], { way, share, chance }: Choice): Death[] {
  const oneOf = share < 1 ? Math.round(1 / share) : 1;
  const first = chance.int(0, Math.min(oneOf, points.length) - 1);
  const chosen = points.filter((_, at) => at % oneOf === first % oneOf);
  const shift = chance.int(0, recoveries.length - 1);
  return Array.from({ length: Math.max(1, Math.round(share)) }, (_, pass) =>
    chosen.map((point, at): Death => {
      const recovery = recoveries[(at + pass + shift) % recoveries.length] ?? 'resume';
      const again = points[chance.int(0, points.length - 1)] ?? '';
      const patient = chance.hit(1 / patientOne);
      return { point, way, recovery, patient, ...(recovery === 'twice' ? { again } : {}) };
    }),
  ).flat();
}

/** By their names; by their numbers where several things go on at once, or the groups take turns. */
async function pointsOf(faults: Faults, { tags, together }: FaultShape, way: Way): Promise<string[]> {
  const points = await faults.points(way);
  return tags === undefined && together === undefined ? points : points.map((_, at) => `#${at + 1}`);
}
