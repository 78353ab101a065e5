/** The lease on an environment, with its fencing token. */
export { acquire, type AcquireOptions, type Lease, type LockPorts } from './acquire.ts';
export { nameOf, type LockRecord } from './record.ts';
export type { Turn } from './turn.ts';
export { release, show, type LockTarget, type Released, type ReleaseOptions } from './run.ts';
