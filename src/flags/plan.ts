/** What has to be written so that a flag is what it should be. Pure. */
import { plainOf, type FlagRecord, type FlagState } from './parse.ts';

interface FlagPlan {
  /** Null: the record says so already. */
  readonly record: FlagRecord | null;
  /** Null: programs read it already. */
  readonly plain: '1' | '0' | null;
}

export function planSet(
  now: { readonly record: FlagRecord | null; readonly plain: string | null },
  wanted: { readonly state: FlagState; readonly by: string; readonly at: number },
): FlagPlan {
  const { state, by, at } = wanted;
  const plain = now.plain === plainOf(state) ? null : plainOf(state);
  if (now.record?.state === state) return { record: null, plain };
  return { record: { state, updated: at, by, version: (now.record?.version ?? 0) + 1 }, plain };
}
