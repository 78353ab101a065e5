/** Every instance in one batch: who takes all down at once means it. Pure. */
import { batchByBatch, mayFail } from './batch-by-batch.ts';
import type { Strategy } from './strategy.ts';

export const allAtOnce: Strategy = {
  batches: (names) => [names],
  mayFail,
  decide: batchByBatch,
  mostOut: () => 'any',
  switchesGroups: false,
};
