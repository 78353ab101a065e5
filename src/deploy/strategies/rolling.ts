/** Batch after batch, and never more out of the traffic than the others can do without. Pure. */
import { sizeOf } from '../../shared/share.ts';
import { batchByBatch, mayFail } from './batch-by-batch.ts';
import { batchesOf } from './batches.ts';
import type { Strategy } from './strategy.ts';

export const rolling: Strategy = {
  batches: (names, { batch, maxUnavailable, instances }) =>
    batchesOf(names, batch, sizeOf(maxUnavailable, instances.length)),
  mayFail,
  decide: batchByBatch,
  mostOut: ({ maxUnavailable }, total) => sizeOf(maxUnavailable, total),
  switchesGroups: false,
};
