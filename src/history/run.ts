/** The step history: what happened, from the audit stream and the clone on this machine. */
import { history as readStream } from '../audit/index.ts';
import { pool } from '../shared/pool.ts';
import type { Git, Log, Store } from '../ports/ports.ts';
import { cloneOf, type Clone } from './commits.ts';
import { changesOf, dora, type Dora } from './dora.ts';
import type { HistoryAction } from './parse.ts';
import { shownOf, timeline, type HistoryFilter } from './plan.ts';
import type { HistoryPage } from './table.ts';

interface HistoryPorts {
  readonly store: Store;
  readonly git: () => Promise<Git>;
  readonly log: Log;
}

export interface HistoryAsked extends HistoryFilter {
  /** So many commits for each release at most; 0: git is not asked. */
  readonly commits: number;
}

const atOnce = 4;

/** Throws what the store throws; without a clone the commits are missing, with a warning. */
export async function history(app: string, asked: HistoryAsked, ports: HistoryPorts): Promise<HistoryPage> {
  const { items, older } = shownOf(timeline(await readStream(ports.store, app)), asked);
  const clone = cloneOf(ports.git, ports.log);
  const told = await pool(items, atOnce, async (item) =>
    item.kind === 'action' ? { ...item, commits: await commitsOf(item, asked.commits, clone) } : item,
  );
  return { items: told, older };
}

/** The DORA figures of one environment. `now` and `since` in milliseconds since the epoch. */
export async function doraOf(
  app: string,
  asked: { readonly environment: string; readonly since: number | null; readonly now: number },
  ports: HistoryPorts,
): Promise<Dora> {
  const actions = timeline(await readStream(ports.store, app)).flatMap((item) =>
    item.kind === 'action' ? [item] : [],
  );
  const own = actions.filter((action) => action.environment === asked.environment);
  const commits = changesOf(own).flatMap(({ commit }) => commit ?? []);
  const commitTimes = await cloneOf(ports.git, ports.log).times(commits);
  return dora({ ...asked, actions: own, commitTimes });
}

async function commitsOf(item: HistoryAction, most: number, clone: Clone) {
  const { commit, previousCommit, release, previous } = item;
  if (most === 0 || release === previous || commit === null || previousCommit === null) return null;
  return clone.between({ from: previousCommit, to: commit }, most);
}
