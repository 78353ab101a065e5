/** Random choices that a seed repeats. */
export interface Chance {
  /** From 0 up to, but never, 1. */
  next(): number;
  /** From `min` to `max`, both included. */
  int(min: number, max: number): number;
  /** True with the probability `share`. */
  hit(share: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** The generator mulberry32: small, and good enough to choose by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    hit: (share) => next() < share,
    pick: (from) => from[int(0, from.length - 1)] ?? from[0],
  };
}
