/**
 * Places of clients: each has one, 0 to 9999, and belongs to the canary when it lies below the share. So a client stays
 * where it is while the share grows, and comes back when the share shrinks below it. Pure.
 */
import { createHash } from 'node:crypto';

const SLOTS = 10_000;

/** Whether a place is the canary's. `tenths` is its share, 0 to 1000. */
export const isCanarySlot = (place: number, tenths: number): boolean => place < tenths * 10;

/**
 * Steps through all of the circle by the golden section: in any run of new clients each share has its part of them to
 * within a few, whichever the share is and however it changes. Nothing is left to chance but the start.
 */
export const afterTurn = (turn: number): number => (turn + 0x9e37_79b9) >>> 0;

/** The place that a turn (32 bits) stands for. */
export const slotOfTurn = (turn: number): number => Math.floor((turn / 2 ** 32) * SLOTS);

/** The place of an application's own id in a rollout: as good as random, also for the ids 1, 2, 3. */
export function slotOfId(salt: string, id: string): number {
  const digest = createHash('sha256').update(salt).update('\0').update(id).digest();
  return slotOfTurn(digest.readUInt32BE(0));
}
