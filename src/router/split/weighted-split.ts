/**
 * Smooth weighted round robin over two arms, in tenths of a percent. The wheel is one number from 0 to 999: each request
 * adds the canary's share to it, and when it passes 1000 the request is the canary's. In any run of requests the canary
 * gets its share to within one request, however the share changes in between: nothing is left to chance. Pure.
 */

/** Whether the next request is the canary's. `tenths` is its share, 0 to 1000. */
export const isCanaryNext = (wheel: number, tenths: number): boolean => wheel + tenths >= 1000;

/** The wheel after that request. */
export function turned(wheel: number, tenths: number): number {
  const sum = wheel + tenths;
  return sum >= 1000 ? sum - 1000 : sum;
}

/** Tenths of a percent of a weight in percent. */
export const tenthsOf = (weight: number): number => Math.round(weight * 10);
