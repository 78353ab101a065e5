import type { Instance } from '../../config/types.ts';
import type { DeployRun } from '../context/deploy-context.ts';
import { trackOf, type Track } from '../model/plan.ts';
import type { CapacityGuard } from './guard.ts';
import type { Uploads } from './uploads.ts';

/** What the actions of one deploy are performed with. */
export interface ActionContext extends DeployRun {
  /** Its instances. */
  readonly byName: ReadonlyMap<string, Instance>;
  /** Aborted by a signal, and by the loss of the lock. */
  readonly stop: AbortSignal;
  /** Null when nobody asks whether an instance can be done without. */
  readonly guard: CapacityGuard | null;
  /** Null where nothing is sent. */
  readonly uploads: Uploads | null;
  /** The last answers of each instance's gate. */
  readonly answers: Map<string, readonly string[]>;
}

/** Ends an upload; null once something is touched: then what is open comes to its end. */
export const endUpload = ({ progress, stop }: ActionContext): AbortSignal | null =>
  progress.touched.length === 0 ? stop : null;

export function trackIn({ plan }: ActionContext, { name }: Instance): Track {
  const track = trackOf(plan, name);
  if (!track) throw new TypeError(`no track of ${name} in the plan`);
  return track;
}
