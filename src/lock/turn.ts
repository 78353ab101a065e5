/**
 * Whose turn it is among the runs of one job. A lock that comes free goes to whoever looks first, which may be the older of two
 * that wait: so each says that it has asked, and an older one gives way to a newer, whenever it comes.
 */
import { type CanopyError, fail } from '../errors.ts';
import type { Store } from '../ports/ports.ts';
import { defineRecord } from '../record/record.ts';
import { counter, line, object } from '../record/fields.ts';
import { nameOf, type LockRecord } from './record.ts';
import { askedKey } from '../store-keys.ts';

/** Where a run stands among those of its job. */
export interface Turn {
  /** The Jenkins job. */
  readonly job: string;
  /** Grows with every run of it. */
  readonly order: number;
}

interface QueuedTurn {
  readonly order: number;
  readonly by: string;
  readonly url: string;
}

/** Long enough that nothing older still waits. */
const keptMs = 30 * 86_400_000;

const asked = defineRecord<QueuedTurn>({
  name: 'who asked for an environment',
  longest: 5000,
  version: ['version', 1],
  schema: object({ order: counter, by: line(500), url: line(500) }),
  stored: (value) => ({ version: 1, ...value }),
});

interface TurnTarget {
  readonly app: string;
  readonly environment: string;
}

/** Says that this run asks for the environment. Throws `superseded` when a newer run of its job has. */
export async function takeTurn(
  target: TurnTarget,
  turn: Turn,
  who: Pick<LockRecord, 'holder' | 'run' | 'url'>,
  store: Store,
): Promise<void> {
  const key = askedKey(target.app, target.environment, turn.job);
  const own = asked.format({ order: turn.order, by: nameOf(who), url: who.url });
  for (;;) {
    const text = await store.get(key);
    const newest = orderOf(text);
    if (newest !== null && newest.order > turn.order) throw superseded(target, newest);
    if (newest?.order === turn.order || (await store.swap(key, text, own, keptMs))) return;
  }
}

/** Throws `superseded` when a newer run of its job has asked meanwhile. */
export async function keepTurn(target: TurnTarget, turn: Turn, store: Store): Promise<void> {
  const newest = orderOf(await store.get(askedKey(target.app, target.environment, turn.job)));
  if (newest !== null && newest.order > turn.order) throw superseded(target, newest);
}

/** What nobody can read keeps nobody from anything. */
function orderOf(text: string | null): QueuedTurn | null {
  const read = text === null ? null : asked.parse(text);
  return read?.ok === true ? read.value : null;
}

const superseded = ({ environment }: TurnTarget, { by, url }: QueuedTurn): CanopyError =>
  fail('superseded', {
    environment,
    reason: `${`${by} ${url}`.trim()}, a newer run of this job, has asked for it`,
  });
