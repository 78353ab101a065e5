/** Kills a controller at every point that it comes to, and takes the deploy up again. */
import type { FaultShape } from '../../support/worlds/fault-files.ts';
import { startFaultWorld, type FaultWorld, type Release } from '../../support/worlds/fault-world.ts';
import type { Outcome } from '../../support/worlds/world.ts';
import { journalIn, wrongsOf } from './fault-check.ts';

/** How the deploy is taken up again: `twice` dies once more while it does, `emptied` resumes after the store has lost all. */
export type Recovery = 'resume' | 'twice' | 'deploy' | 'rollback' | 'emptied';
export type Way = 'good' | 'bad';

export interface Death {
  readonly point: string;
  readonly way: Way;
  readonly recovery: Recovery;
  /** Where the second one dies. */
  readonly again?: string;
  /** Waits until the lease of the dead one has run out by itself. */
  readonly patient?: boolean;
}

export interface Faults {
  readonly world: FaultWorld;
  /** The points of a run that nobody kills. */
  points(way: Way): Promise<string[]>;
  /** Throws with everything that is wrong afterwards; else the outcome of what took it up. */
  die(death: Death): Promise<string>;
  stop(): Promise<void>;
}

export async function startFaults(shape: FaultShape): Promise<Faults> {
  const world = await startFaultWorld(shape);
  const deploy = ['deploy', '--environment', 'production'];
  let base = 0;
  const now = (): Release => world.good[base as 0 | 1];
  const nextOf = (way: Way): Release => (way === 'bad' ? world.bad : world.good[(1 - base) as 0 | 1]);

  return {
    world,
    stop: () => world.stop(),
    async points(way) {
      const next = nextOf(way);
      const whole = world.forget(next);
      const { points, code, stdout, stderr } = await world.controller('', ...deploy, '--artifact', next.file);
      if (code !== (way === 'bad' ? 3 : 0))
        throw new Error(`without a death: exit ${code}\n${stdout}${stderr}`);
      if (way === 'good') base = 1 - base;
      await refuse(world, now(), next, { whole, all: true }, 'without a death');
      return [...points];
    },
    async die({ point, way, recovery, again = '', patient = false }) {
      const next = nextOf(way);
      const title = `${way}, died ${point}, then ${recovery}${again === '' ? '' : ` (died ${again})`}`;
      const whole = world.forget(next);
      const died = await world.controller(point, ...deploy, '--artifact', next.file);
      // Which group is idle, and whether it is warm, changes: a number may be beyond the end.
      if (died.signal !== 'SIGKILL' && !point.startsWith('#'))
        throw new Error(`${title}: it never came there\n${died.stderr}`);
      if (recovery === 'emptied') await world.empty();
      else if (!patient) await world.expireLease();
      const words = ['--artifact', next.file];
      if (recovery === 'twice') {
        await world.controller(again, ...deploy, '--resume', ...words);
        await world.expireLease();
      }
      const ended =
        recovery === 'rollback'
          ? await world.canopy('rollback', '--environment', 'production', '--to', now().id)
          : recovery === 'deploy'
            ? await world.canopy(...deploy, ...words)
            : await takeUp(next, title, recovery === 'emptied');
      const isBack = way === 'bad' || recovery === 'rollback';
      expected(ended, way === 'bad' && recovery !== 'rollback' ? ['reverted'] : ['done', 'unchanged'], title);
      if (!isBack) base = 1 - base;
      await refuse(world, now(), next, { whole: whole && !isBack, all: recovery !== 'rollback' }, title);
      expected(
        await world.canopy(...deploy, '--artifact', now().file),
        ['unchanged'],
        `${title}, deployed again`,
      );
      return String(ended.json?.outcome);
    },
  };

  /** Resumes where the journal is open; else there is nothing to resume, which is said, and a deploy begins anew. */
  async function takeUp(next: Release, title: string, emptied: boolean): Promise<Outcome> {
    const journal = await journalIn(world);
    const open = journal?.state === 'running' && journal.release === next.id;
    const ended = await world.canopy(...deploy, '--resume', '--artifact', next.file);
    const code: unknown = ended.json?.errors?.[0]?.code;
    if (open) return ended;
    const isNothing = code === 'resume-over' || code === 'resume-none';
    // What the servers have noted is all there is to go by then.
    if (emptied && !isNothing) return ended;
    if (!isNothing) throw new Error(`${title}: resumed what is over: ${ended.stdout}${ended.stderr}`);
    return world.canopy(...deploy, '--artifact', next.file);
  }
}

function expected({ json, code, stderr }: Outcome, outcomes: readonly string[], title: string): void {
  if (!outcomes.includes(json?.outcome))
    throw new Error(`${title}: ${json?.outcome} (exit ${code})\n${JSON.stringify(json?.errors)}\n${stderr}`);
}

interface Came {
  /** The servers did not have it before, and have all of it now. */
  readonly whole: boolean;
  /** It came to the end that it would have come to. */
  readonly all: boolean;
}

const timesOf = ({ told }: FaultWorld, instance: string, hook: string, { id }: Release): number =>
  told(instance, hook).filter((line) => line.includes(id)).length;

/** Hooks that should have run at least once and have not. */
function unheard(world: FaultWorld, next: Release, good: boolean): string[] {
  const wanted = world.names.flatMap((name) => [
    ['prepare', name] as const,
    ...(good ? [['after', name] as const] : []),
  ]);
  return [...wanted, ...(good ? [] : [['failure', 'web-2'] as const])]
    .filter(([hook, name]) => timesOf(world, name, hook, next) === 0)
    .map(([hook, name]) => `${name}: the ${hook} hook has not run`);
}

async function refuse(
  world: FaultWorld,
  now: Release,
  next: Release,
  { whole, all }: Came,
  title: string,
): Promise<void> {
  const wrongs = await wrongsOf(world, now);
  const ran = world.names.flatMap((name) => timesOf(world, name, 'once', next));
  const times = ran.reduce((sum, one) => sum + one, 0);
  if (times > world.onceMost || (whole && times === 0)) wrongs.push(`once ran ${times} times`);
  if (world.hooked && all) wrongs.push(...unheard(world, next, now.id === next.id));
  if (wrongs.length > 0) throw new Error(`${title}:\n${wrongs.join('\n')}`);
}
