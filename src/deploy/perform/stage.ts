import type { Hooks, Instance } from '../../config/types.ts';
import type { Balancer } from '../../ports/ports.ts';
import type { HealthGatePorts } from '../gate/gate.ts';
import type { CapacityGuard } from './guard.ts';
import type { HookStage } from '../hooks/hook-call.ts';
import type { Uploads } from './uploads.ts';

/** What the actions of one deploy are performed with. */
export interface Stage extends HookStage, Omit<HealthGatePorts, 'host'> {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly balancer: Balancer | null;
  /** Null when nobody asks whether an instance can be done without. */
  readonly guard: CapacityGuard | null;
  /** Null for a rollback: nothing is sent. */
  readonly uploads: Uploads | null;
  /** Ends an upload; null once something is touched: then what is open comes to its end. */
  readonly endUpload: () => AbortSignal | null;
  readonly hooks: Hooks;
  /** canopy.yml says that nobody changes a file of a release in place. */
  readonly immutable: boolean;
  /** All instances of the environment were asked for. */
  readonly whole: boolean;
  readonly healthyForMs: number;
  readonly drainMs: number;
  readonly keepWarmMs: number;
  /** What the instances said of their health before anything was touched, where no check of theirs is kept. */
  readonly answered: Readonly<Record<string, string>>;
  /** A text without the secrets in it. */
  readonly masked: (text: string) => string;
  /** Whether an instance is back, and no better than before the deploy. */
  readonly isUnwell: (instance: string) => boolean;
  /** The last answers of each instance's gate. */
  readonly answers: Map<string, readonly string[]>;
}
