/** What the watch has to know beside its samples: silences, and the deploys that are at work. Read anew every few seconds. */
import type { Config, WatchSubject } from '../../config/types.ts';
import { readJournal, touchedBy } from '../../deploy/index.ts';
import { isCanopyError } from '../../errors.ts';
import { silences, type Silence } from '../../incidents/index.ts';
import type { Clock, Store } from '../../ports/ports.ts';
import { deployKey, lockKey } from '../../store-keys.ts';

export interface StoreFacts {
  readonly silences: readonly Silence[];
  /** Subjects whose instance a deploy is at work on, while it renews its lease. */
  readonly deploying: ReadonlySet<string>;
  /** Environments that are locked. */
  readonly locked: ReadonlySet<string>;
}

export const noFacts: StoreFacts = { silences: [], deploying: new Set(), locked: new Set() };

/** Throws what the store throws. */
export async function readFacts(
  { app, environments }: Config,
  subjects: readonly WatchSubject[],
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<StoreFacts> {
  const [quiet, ...touched] = await Promise.all([
    silences(app, clock.now(), store),
    ...Object.keys(environments).map((name) => touchedIn(app, name, store)),
  ]);
  const all = touched.filter((one) => one !== null);
  const deploying = subjects.filter(({ instance }) =>
    all.some((one) => one.environment === instance?.environment && one.instances.includes(instance.name)),
  );
  return {
    silences: quiet,
    deploying: new Set(deploying.map(({ name }) => name)),
    locked: new Set(all.map(({ environment }) => environment)),
  };
}

/** Null: nobody holds its lock. The lease of a controller that has died runs out by itself. */
async function touchedIn(
  app: string,
  environment: string,
  store: Store,
): Promise<{ readonly environment: string; readonly instances: readonly string[] } | null> {
  const key = deployKey(app, environment);
  const [lock, journal] = await Promise.all([store.get(lockKey(app, environment)), store.get(key)]);
  if (lock === null) return null;
  try {
    return { environment, instances: journal === null ? [] : touchedBy(readJournal(journal, key)) };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return { environment, instances: [] };
  }
}
