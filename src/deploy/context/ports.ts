import type { Archive, Clock, Exec, Http, Log, Random, Ssh, Store } from '../../ports/ports.ts';

/** What a deploy needs from outside. */
export interface DeployPorts {
  readonly ssh: () => Promise<Ssh>;
  readonly local: () => Promise<Ssh>;
  readonly http: () => Promise<Http>;
  readonly archive: () => Promise<Archive>;
  /** Programs on this machine. */
  readonly exec: () => Promise<Exec>;
  /** A text without the secrets in it. */
  readonly masked: (text: string) => string;
  readonly store: Store;
  readonly clock: Clock;
  /** Real time, also in a dry run. */
  readonly timer: Clock;
  readonly random: Random;
  readonly log: Log;
}
