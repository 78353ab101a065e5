/** The deploy that is resumed: by the journal in the store, or by what its servers have noted when the store has lost that. */
import type { Config, Environment, Instance } from '../config/types.ts';
import { fail, failAll } from '../errors.ts';
import { deployKey } from '../store-keys.ts';
import { journalFrom } from './journal/from-servers.ts';
import type { Journal } from './journal/journal.ts';
import { journalAt } from './journal/unfinished.ts';
import { over } from './journal/resumed.ts';
import type { FactsByInstance } from './model/facts.ts';
import { isOver, lastOn, planAgain, type Remembered, type Unclear } from './plan/remembered.ts';
import { groupsIn, planRulesOf } from './plan/plan-rules.ts';
import { tryAll } from './servers/gather-facts.ts';
import { chosen, environmentOf, type Setting } from './context/setting.ts';
import { isBalanced } from './prepare.ts';

/** `id`: `last`, or the deploy that is meant. Throws when there is none, when it is over, and when nobody can tell. */
export async function lastDeploy(setting: Setting, id: string): Promise<Journal> {
  const { config, open, log } = setting;
  const environment = environmentOf(config, setting.environment);
  const { name } = environment;
  const stored = await storedJournal(setting);
  // What the store has lost may be about any of them.
  const instances = stored === null ? chosen(environment, setting.only) : environment.instances;
  const asked = { withUnit: false, withJournal: true };
  const { facts, problems } = await tryAll(instances, open, config.ssh.concurrency, asked);
  const meant = id === 'last' ? null : id;
  const last = known(lastOn(facts, name, stored === null ? meant : null), stored, name);
  if (stored !== null && !isLater(last, stored)) return resumable(stored, meant);
  // Whoever cannot be asked may know a later one.
  if (problems.length > 0) throw failAll(problems);
  if (last === null) throw fail('resume-none', { environment: name });
  refuseOther(last.deploy, meant, name);
  const found = journalOn(setting, last, { environment, instances, facts });
  const inStore = stored === null ? 'no deploy' : `${stored.deploy} as the last deploy`;
  log.warn(
    `the store knows ${inStore} of ${name}: what the servers have noted of ${last.deploy} is taken up`,
  );
  return found;
}

/** What its servers have noted of it, as a journal. Throws where that is unclear, or over. */
function journalOn(
  setting: Setting,
  last: Remembered,
  servers: Pick<ServersKnown, 'environment' | 'instances' | 'facts'>,
): Journal {
  const { config, actor } = setting;
  const found = journalAgain(last, { config, ...servers, balanced: isBalanced(setting), by: actor.name });
  if ('unclear' in found) throw unclear(servers.environment.name, found);
  if (isOver(found.plan, last, servers.facts))
    throw fail('resume-over', { deploy: last.deploy, reason: 'its servers have noted that it is over' });
  return found;
}

/** Whether the servers know a later deploy than the store: that has lost it. */
const isLater = (last: Remembered | null, stored: Journal): boolean =>
  last !== null && last.deploy !== stored.deploy && last.token > stored.token;

function refuseOther(last: string, meant: string | null, environment: string): void {
  if (meant !== null && meant !== last) throw fail('resume-other', { environment, last });
}

interface ServersKnown {
  readonly config: Config;
  readonly environment: Environment;
  readonly instances: readonly Instance[];
  readonly facts: FactsByInstance;
  readonly balanced: boolean;
  /** Who asks: who began it is not known. */
  readonly by: string;
}

/** The journal of a deploy that only its servers remember, and in it the plan, made anew. */
export function journalAgain(last: Remembered, known: ServersKnown): Journal | Unclear {
  const { config, environment, instances, facts, balanced, by } = known;
  const plan = planAgain(last, {
    ...planRulesOf(environment, config, last.order),
    ...{ size: null, instances, facts, balanced },
    groups: groupsIn(environment),
  });
  return 'unclear' in plan ? plan : journalFrom(last, plan, by);
}

/** Null when there is none, or none that can be read. */
async function storedJournal({ config, open, log, environment }: Setting): Promise<Journal | null> {
  const { key, journal, unreadable } = await journalAt(
    deployKey(config.app, environment),
    await open.store(),
  );
  if (unreadable !== null) log.warn(unreadable.message);
  if (journal === null || journal.environment === environment) return journal;
  log.warn(fail('store-record', { key, reason: 'it is of another environment' }).message);
  return null;
}

function resumable(journal: Journal, id: string | null): Journal {
  const { deploy, environment } = journal;
  refuseOther(deploy, id, environment);
  const reason = over(journal);
  if (reason !== null) throw fail('resume-over', { deploy, reason });
  return journal;
}

/** What the servers say counts only where the store has nothing to say: there it may be unclear. */
function known(
  last: Remembered | Unclear | null,
  stored: Journal | null,
  environment: string,
): Remembered | null {
  if (last === null || !('unclear' in last)) return last;
  if (stored !== null) return null;
  throw unclear(environment, last);
}

const unclear = (environment: string, { unclear: reason }: Unclear): Error =>
  fail('resume-unclear', { environment, reason });
