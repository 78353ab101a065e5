/** How a fleet is cut into batches. Pure. */
import type { Share } from '../../config/types.ts';
import { sizeOf } from '../../shared/share.ts';

/**
 * One batch after the other; the last share is repeated until every name is in one. No batch is larger than `most`: a larger
 * share is worked off in parts.
 */
export function batchesOf(names: readonly string[], shares: readonly Share[], most: number): string[][] {
  const batches: string[][] = [];
  let at = 0;
  for (let index = 0; at < names.length; index += 1) {
    const share = shares[Math.min(index, shares.length - 1)] ?? { count: 1 };
    const end = Math.min(names.length, at + Math.max(1, sizeOf(share, names.length)));
    for (; at < end; at = Math.min(end, at + Math.max(1, most)))
      batches.push(names.slice(at, Math.min(end, at + Math.max(1, most))));
  }
  return batches;
}
