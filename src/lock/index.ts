/** The lease on an environment, with its fencing token. */
export { acquire, type AcquireOptions, type Lease } from './acquire.ts';
export { nameOf, termOf, type LockRecord } from './record.ts';
export type { Turn } from './turn.ts';
export { release, show } from './run.ts';
