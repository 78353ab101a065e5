/** A count, or a percentage of the instances (rounded down, at least 1). */
export type Share = { readonly count: number } | { readonly percent: number };

/** How many of `total` a share is: percentages are rounded down, and never less than one. */
export const sizeOf = (share: Share, total: number): number =>
  'count' in share ? share.count : Math.max(1, Math.floor((share.percent * total) / 100));
