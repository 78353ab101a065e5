/** What all who act by themselves share: whether it is paused, and what was done lately. */
import { fail } from '../errors.ts';
import type { Store } from '../ports/ports.ts';
import { flag, line, list, nullable, object, time } from '../record/fields.ts';
import { defineRecord } from '../record/record.ts';
import { guardKey } from '../store-keys.operate.ts';
import type { DoneAct } from './decide.ts';

export interface Paused {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

interface GuardState {
  /** Null: nothing is paused. */
  readonly paused: Paused | null;
  /** Newest last. */
  readonly done: readonly DoneAct[];
}

export const MOST_DONE = 1000;

const guardRecord = defineRecord<GuardState>({
  name: 'the state of the guard',
  version: ['version', 1],
  schema: object({
    paused: nullable(object({ by: line(200), at: time, reason: line(300) })),
    done: list(
      object({ at: time, act: line(60), subject: line(200), host: nullable(line(200)), idle: flag }),
      MOST_DONE,
    ),
  }),
  longest: 1_000_000,
});

const none: GuardState = { paused: null, done: [] };

/** A state that cannot be read is no permission: throws `store-record`. */
export async function changeGuard(
  app: string,
  store: Store,
  work: (state: GuardState) => GuardState,
): Promise<GuardState> {
  const key = guardKey(app);
  for (;;) {
    const text = await store.get(key);
    const parsed = text === null ? { ok: true as const, value: none } : guardRecord.parse(text);
    if (!parsed.ok) throw fail('store-record', { key, reason: parsed.reason });
    const changed = work(parsed.value);
    if (changed === parsed.value) return changed;
    if (await store.swap(key, text, guardRecord.format(changed))) return changed;
  }
}
