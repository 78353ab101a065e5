/** Which worker leads: the one that judges, writes and reports for all. Pure. */
import type { WorkerHandle } from './worker-handle.ts';

/** The one that leads from now on; null: whoever leads (`lead`, its number; 0: nobody) goes on, or nobody is ready. */
export const chooseLeader = (lead: number, ready: readonly WorkerHandle[]): WorkerHandle | null =>
  lead === 0 ? (ready[0] ?? null) : null;
