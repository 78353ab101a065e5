/** Why no further instance of a deploy may be begun: a lost lock, a deadline, lost requests, a signal. Pure. */
import type { Halt } from '../model/actions.ts';

interface HaltFacts {
  /** The probe has lost more requests than the rollout allows. */
  readonly lostTooMany: boolean;
  /** The deadline of the rollout has passed. */
  readonly isLate: boolean;
  /** The lock on the environment is not ours any more. */
  readonly lockLost: boolean;
  /** A signal has come. */
  readonly stopped: boolean;
}

/** What weighs most; null: it goes on. */
export function haltOf({ lostTooMany, isLate, lockLost, stopped }: HaltFacts): Halt {
  if (lostTooMany) return 'lost';
  if (isLate) return 'deadline';
  if (lockLost) return 'lease';
  return stopped ? 'signal' : null;
}
