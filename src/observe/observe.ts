/** Fetches the parts that are asked for, all at once. */
import type { Config } from '../config/types.ts';
import { CanopyError, type Problem } from '../errors.ts';
import type { Opener } from '../opener.ts';
import type { Log } from '../ports/ports.ts';
import { read, type TrafficState } from '../traffic/index.ts';
import { readers } from './readers.ts';
import type { AppSnapshot, Observed } from './snapshot.ts';
import type { Source } from './source.ts';

/** What the store alone knows: cheap enough for many times a minute; no server is asked. */
export const storeParts = ['traffic', 'rollout', 'locks', 'deploys', 'flags'] as const;

interface Asked<P extends keyof AppSnapshot> {
  readonly parts: readonly P[];
  /** Of these alone are locks, deploys and servers told; absent: of all. */
  readonly environments?: readonly string[];
}

/** A record that cannot be read is told in `unreadable`, a server that is not reached in its place; what the store throws is thrown. */
export async function observe<P extends keyof AppSnapshot>(
  config: Config,
  { open, log }: { readonly open: Opener; readonly log: Log },
  { parts, environments = Object.keys(config.environments) }: Asked<P>,
): Promise<Observed<P>> {
  const store = await open.store();
  const problems: Problem[] = [];
  const readable = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CanopyError) || error.code !== 'store-record') throw error;
      problems.push(...error.problems);
      return null;
    }
  };
  let once: Promise<TrafficState | null> | null = null;
  // Two parts of one snapshot are of one state.
  const state = (): Promise<TrafficState | null> =>
    (once ??= config.traffic === null ? Promise.resolve(null) : readable(() => read(config.app, store)));
  const source: Source = { config, environments, open, log, store, readable, state };
  const at = open.clock.now();
  const found = await Promise.all(
    parts.map(async (part): Promise<[P, AppSnapshot[P]]> => [part, await readers[part](source)]),
  );
  const unreadable = problems.filter(
    ({ message }, index) => problems.findIndex((other) => other.message === message) === index,
  );
  return { app: config.app, at, unreadable, ...(Object.fromEntries(found) as Pick<AppSnapshot, P>) };
}
