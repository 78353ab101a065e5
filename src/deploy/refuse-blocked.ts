/** A mixed environment takes no deploy until somebody has decided. The store may have lost that; its servers have it too. */
import { fail } from '../errors.ts';
import { deployKey } from '../store-keys.ts';
import { isWhole, type PlanContext } from './context/deploy-context.ts';
import { writeJournal, type Journal } from './journal/journal.ts';
import { journalAt, type StoredJournal } from './journal/unfinished.ts';
import { journalAgain } from './last-deploy.ts';
import type { FactsByInstance } from './model/facts.ts';
import { lastOn, type Remembered } from './plan/remembered.ts';
import { tryAll } from './servers/gather-facts.ts';

async function storedAt({ config, environment, store }: PlanContext): Promise<StoredJournal> {
  const found = await journalAt(deployKey(config.app, environment.name), store);
  if (found.unreadable !== null) throw found.unreadable;
  return found;
}

/** A rollback is the way out of a mixed environment. */
const unblocks = ({ action }: PlanContext): boolean => action === 'rollback';

/** By the store, before any server is asked. Throws `deploy-blocked`, and `store-record`. */
export async function refuseBlocked(context: PlanContext): Promise<void> {
  if (unblocks(context)) return;
  const { journal } = await storedAt(context);
  if (journal?.state === 'mixed')
    throw fail('deploy-blocked', { environment: journal.environment, deploy: journal.deploy });
  if (journal?.state === 'running')
    context.log.warn(
      `the deploy ${journal.deploy} of ${journal.release} never ended: this one starts from what is there`,
    );
}

/**
 * By what the servers have noted. The store gets back what it has lost: then all that opens the way again (a resume, a rollback,
 * `lock release`) does so as ever. Throws `deploy-blocked`.
 */
export async function refuseLeftMixed(context: PlanContext, facts: FactsByInstance): Promise<void> {
  const { environment, log, store } = context;
  const last = lastOn(facts, environment.name);
  if (unblocks(context) || last === null || 'unclear' in last || !last.mixed) return;
  const stored = await storedAt(context);
  if (!isNews(last, stored.journal)) return;
  const { deploy } = last;
  const lost = await lostJournal(context, { last, facts, stored: stored.journal });
  if (lost !== null) {
    log.warn(
      `the store did not know that ${deploy} was left mixed, and is told by what its servers have noted`,
    );
    await store.swap(stored.key, stored.text, writeJournal(lost));
  }
  throw fail('deploy-blocked', { environment: environment.name, deploy });
}

/** Whether the servers know more than the store: that may have lost the end of it, or all of it. */
export const isNews = (last: Pick<Remembered, 'deploy' | 'token'>, stored: Journal | null): boolean =>
  stored === null ||
  (stored.deploy === last.deploy
    ? stored.state === 'running' && last.token >= stored.token
    : last.token > stored.token);

/** Null when nobody can tell: then it is blocked all the same, and a rollback opens it. */
async function lostJournal(
  context: PlanContext,
  known: { readonly last: Remembered; readonly facts: FactsByInstance; readonly stored: Journal | null },
): Promise<Journal | null> {
  const { config, environment } = context;
  const { stored, last } = known;
  if (stored !== null && stored.deploy === last.deploy) return { ...stored, state: 'mixed' };
  let { facts } = known;
  if (!isWhole(context)) {
    const asked = { withUnit: false, withJournal: true };
    const all = await tryAll(environment.instances, context, config.ssh.concurrency, asked);
    if (all.problems.length > 0) return null;
    facts = all.facts;
  }
  const all = lastOn(facts, environment.name);
  if (all === null || 'unclear' in all || all.deploy !== last.deploy) return null;
  const balanced = context.balancer !== null;
  const { instances } = environment;
  const journal = journalAgain(all, { config, environment, instances, facts, balanced, by: 'its servers' });
  return 'unclear' in journal ? null : journal;
}
