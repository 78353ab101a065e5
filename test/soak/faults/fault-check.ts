/** What must be true whenever a deploy has ended or was taken up again, asked from outside. */
import { deployKey, lockKey, trafficState } from '../../../src/store-keys.ts';
import { isOurs, type FaultWorld, type Release } from '../../support/worlds/fault-world.ts';
import { lost } from '../../support/http/load.ts';

/** Everything that is wrong; empty: the world is whole and serves `release` alone. */
export async function wrongsOf(world: FaultWorld, release: Release): Promise<string[]> {
  const wrongs: string[] = [];
  const { names, store } = world;
  const drained = await drainedIn(world);
  const serving = names.filter((name) => !drained.includes(name));
  if (!world.isWhole(serving)) wrongs.push(`out of the traffic: ${drained.join(', ') || 'none'}`);
  for (const name of serving) {
    const current = world.current(name);
    if (current !== release.id) wrongs.push(`${name}: current is ${current}`);
    const answers = await world.world.answers(names.indexOf(name));
    if (answers !== release.id) wrongs.push(`${name}: ${answers ?? 'nobody'} answers`);
  }
  for (const name of names) {
    const alive = world.told(name, 'up').filter(isOurs);
    if (alive.length > 1) wrongs.push(`${name}: ${alive.length} processes run: ${alive.join(', ')}`);
    const cuts = world.told(name, 'cuts');
    if (cuts.length > 0) wrongs.push(`${name}: cut ${cuts.join(', ')}`);
  }
  wrongs.push(...overlaps(world.witness(), world.together));
  const journal = await journalIn(world);
  if (journal?.state === 'running' || journal?.state === 'mixed')
    wrongs.push(`the journal of ${journal.deploy} says ${journal.state}`);
  if ((await store.get(lockKey('shop', 'production'))) !== null) wrongs.push('the lock is held');
  const seen = world.load.now();
  if (lost(seen) > 0) wrongs.push(`lost requests: ${JSON.stringify([seen.statuses, seen.failures])}`);
  return wrongs;
}

export interface Told {
  readonly deploy: string;
  readonly state: string;
  readonly release: string;
}

/** The journal of the last deploy; null when there is none. */
export async function journalIn({ store }: Pick<FaultWorld, 'store'>): Promise<Told | null> {
  return JSON.parse((await store.get(deployKey('shop', 'production'))) ?? 'null') as Told | null;
}

export async function drainedIn({ store }: Pick<FaultWorld, 'store'>): Promise<string[]> {
  const state = JSON.parse((await store.get(trafficState('shop'))) ?? '{}') as { drained?: object };
  return Object.keys(state.drained ?? {});
}

/**
 * Services are stopped and started by one command at a time on each server, and on no more servers at once than the rollout
 * allows. A first start has no `begin`.
 */
function overlaps(lines: readonly string[], together: number | null): string[] {
  if (together === null) return [];
  const open = new Set<string>();
  return lines.flatMap((line, at) => {
    const [word, name = ''] = line.split(' ');
    const twice = word === 'begin' && open.has(name);
    if (word === 'begin') open.add(name);
    else open.delete(name);
    if (twice) return [`${name}: stopped twice in a row, line ${at + 1} of the witness`];
    return open.size > together ? [`at work at once: ${[...open].join(', ')}, line ${at + 1}`] : [];
  });
}
