/** What the readers read from. */
import type { Config } from '../config/types.ts';
import type { Opener } from '../opener.ts';
import type { Log, Store } from '../ports/ports.ts';
import type { TrafficState } from '../traffic/index.ts';

export interface Source {
  readonly config: Config;
  readonly environments: readonly string[];
  readonly open: Opener;
  readonly log: Log;
  readonly store: Store;
  /** Null for a record that cannot be read. */
  readonly readable: <T>(work: () => Promise<T>) => Promise<T | null>;
  /** The traffic state, read once. */
  readonly state: () => Promise<TrafficState | null>;
}
