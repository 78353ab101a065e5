import type { Store } from '../../../src/ports/ports.ts';

/** A store to try, and the power to take it away. */
export interface StoreWorld {
  /** Another client of the same store. */
  open(): Promise<Store>;
  down(): Promise<void>;
  /** Back with everything it had. */
  up(): Promise<void>;
  /** Everything is gone. */
  wipe(): Promise<void>;
  /** Lets so much time pass for the keys. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}
