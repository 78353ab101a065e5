/** A simulated fleet: the real planner and the real decisions, random failures, and rules that no moment may break. */
import { carried } from './fleet/carried.ts';
import { play, type Show } from './fleet/play.ts';
import { showOf } from './fleet/scenario.ts';
import { judge } from './fleet/verdict.ts';
import { chanceOf } from './random.ts';

export interface FleetOptions {
  readonly runs: number;
  /** The first run has it, the next one the number after it. */
  readonly seed: number;
  readonly instances: number;
}
type Ends = Readonly<Record<string, number>>;

/** A decision costs at most so many looks at what has been done, for each action that it led to and each instance. */
const looks = 60;

/** In virtual time, with the actions only played. Throws with the seed of the run that broke a rule. Returns how often each end came. */
export const checkFleet = (options: FleetOptions): Promise<Ends> =>
  each(options, (show) => {
    const played = play(show);
    judge(show.plan, played);
    const { asked, records } = played.progress;
    if (asked > looks * (records.length + show.starts.length))
      throw new Error(`${asked} looks for ${records.length} actions: that is not linear`);
    return played.end.end;
  });

/** The same by the real loop, with its journal. Slower: for small fleets. */
export const checkCarried = (options: FleetOptions): Promise<Ends> =>
  each(options, async (show) => {
    const ended = await carried(show);
    judge(show.plan, ended);
    return ended.end.end;
  });

async function each(
  { runs, seed, instances }: FleetOptions,
  run: (show: Show) => string | Promise<string>,
): Promise<Ends> {
  const ends: Record<string, number> = {};
  for (let own = seed; own < seed + runs; own += 1) {
    try {
      const show = showOf(instances, chanceOf(own));
      const end = show.plan.tracks.length === 0 ? 'unchanged' : await run(show);
      ends[end] = (ends[end] ?? 0) + 1;
    } catch (error) {
      throw new Error(`--seed ${own} --instances ${instances}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return ends;
}
