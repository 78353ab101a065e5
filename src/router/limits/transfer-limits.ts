/** Whether a peer that has to move bytes moves them fast enough. Pure. */

/** What had been moved at a moment. */
export interface BytesMark {
  /** Milliseconds of a steady clock. */
  at: number;
  bytes: number;
}

export interface TransferLimits {
  /** How long it may be too slow, in milliseconds. 0: for ever. */
  readonly idleMs: number;
  /** Bytes a second. */
  readonly slowestBytes: number;
}

/**
 * `fine`: it has kept the pace since the mark, which moves on to now. `wait`: not yet. `cut`: it has been slower for all of
 * `idleMs`.
 */
export function transferLimitsOf(
  mark: BytesMark,
  now: number,
  bytes: number,
  pace: TransferLimits,
): 'fine' | 'wait' | 'cut' {
  const moved = bytes - mark.bytes;
  const ms = now - mark.at;
  if (moved > 0 && moved * 1000 >= pace.slowestBytes * ms) return 'fine';
  return pace.idleMs > 0 && ms >= pace.idleMs ? 'cut' : 'wait';
}
