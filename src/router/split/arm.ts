/** Which arm and which instance takes a request. Pure; on the path of every request, so it allocates nothing. */
import { isCanarySlot } from './slot.ts';
import { isCanaryNext } from './weighted-split.ts';

/** In place of a client's place, 0 to 9999: the wheel splits the request. */
export const FREE = -1;
/** The request asks for the canary by its header, or for stable. */
export const ALWAYS = -2;
export const NEVER = -3;

/** Whether a header has chosen the side: such a request counts for no share, and nobody is judged by it. */
export const isForced = (place: number): boolean => place < FREE;

/** The arm that a request is meant for, before anybody looks who is there. */
export function wantedArm(place: number, wheel: number, tenths: number): 'stable' | 'canary' {
  if (place === ALWAYS) return 'canary';
  if (place === NEVER) return 'stable';
  const canary = place === FREE ? isCanaryNext(wheel, tenths) : isCanarySlot(place, tenths);
  return canary ? 'canary' : 'stable';
}

/**
 * The arm that takes a request that is meant for `wanted`. A dead canary's requests go to stable. Stable's go to the
 * canary when stable is dead, but only when the canary has a share at all: after an alert it gets nothing, whatever
 * happens. Null: nobody can take it.
 */
export function armFor(
  wanted: 'stable' | 'canary',
  usable: { readonly stable: boolean; readonly canary: boolean },
  tenths: number,
): 'stable' | 'canary' | null {
  const canary = usable.canary && tenths > 0;
  if (wanted === 'canary' && canary) return 'canary';
  if (usable.stable) return 'stable';
  return canary ? 'canary' : null;
}

/** The next usable place after `last`, going round; -1 when there is none. Each usable one is met equally often. */
export function nextSlot(count: number, last: number, usable: (place: number) => boolean): number {
  for (let step = 1; step <= count; step += 1) {
    const place = (last + step) % count;
    if (usable(place)) return place;
  }
  return -1;
}
