/** Random numbers that a seed repeats, for traffic that is only imagined. Pure. */

/** From 0 up to, but never, 1. */
export type RandomDraw = () => number;

/** The generator mulberry32. */
export function randomOf(seed: number): RandomDraw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of `count` (a whole number) come true, each with the probability `rate`. */
export function binomial(random: RandomDraw, count: number, rate: number): number {
  if (count <= 0 || rate <= 0) return 0;
  if (rate >= 1) return count;
  if (rate > 0.5) return count - binomial(random, count, 1 - rate);
  // Where many come true, the chance of none is too small a number to begin with.
  if (count * rate > 30) {
    const half = count >>> 1;
    return binomial(random, half, rate) + binomial(random, count - half, rate);
  }
  const odds = rate / (1 - rate);
  let chance = (1 - rate) ** count;
  let left = random();
  let hits = 0;
  while (left > chance && hits < count) {
    left -= chance;
    hits += 1;
    chance *= (odds * (count - hits + 1)) / hits;
  }
  return hits;
}
