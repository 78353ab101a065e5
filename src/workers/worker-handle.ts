/** A worker as its primary knows it. */
import type { ListenAddress } from './connections/messages.ts';
import type { WorkerProcess } from './process.ts';

export interface WorkerHandle {
  readonly number: number;
  generation: number;
  readonly process: WorkerProcess;
  readonly send: WorkerProcess['send'];
  readonly since: number;
  readonly sockets: { readonly name: string; readonly place: ListenAddress }[];
  state: 'starting' | 'ready' | 'stopping';
  /** It hears what others ask. */
  joined: boolean;
  /** Its last answer to the question whose answers are kept. */
  said: unknown;
}

export const newMember = (
  number: number,
  generation: number,
  process: WorkerProcess,
  since: number,
): WorkerHandle => ({
  ...{ number, generation, process, since, send: process.send },
  ...{ sockets: [], state: 'starting', joined: false, said: null },
});
