/** A command that changes a server: noted there before and after, and refused there when the token is stale. */
import { and, type Command } from '../../commands/core/command.ts';
import { byFence, explainFailure } from '../../commands/command-errors.ts';
import { fenced } from '../../commands/core/fence.ts';
import { appendJournal, trimJournal } from '../../commands/core/journal.ts';
import { tryClearLeftovers } from '../../commands/release/leftovers.ts';
import type { Instance } from '../../config/types.ts';
import { isCanopyError, type CanopyError } from '../../errors.ts';
import type { Host, Log, Ran, Task } from '../../ports/ports.ts';
import type { Action } from '../model/actions.ts';
import type { ConnectedFleet, DeployRun } from '../context/deploy-context.ts';
import { notedLine, type NotedLine } from '../model/noted.ts';
import { trackOf } from '../model/plan.ts';
import { userOf } from '../../shared/system/user-of.ts';

/** So long may another command of Canopy hold the lock of the server. */
export const fenceWaitSeconds = 60;

interface Order {
  readonly title: string;
  readonly command: Command;
  readonly timeoutMs: number;
  readonly input?: Task['input'];
  /** What is noted on the server: both by default. What is done elsewhere is begun by one order and ended by another. */
  readonly notes?: 'begin' | 'done';
  /** Ends it in the middle: for what can be begun again. */
  readonly signal?: AbortSignal;
  /** Hears each line of output. */
  readonly onLine?: (line: string) => void;
  /** Why the command failed, when its owner knows better than its last words tell. */
  readonly explain?: (ran: Ran) => CanopyError;
}

/** Throws a catalogue error for every exit code but 0. */
export async function change(run: DeployRun, instance: Instance, action: Action, order: Order): Promise<Ran> {
  const { title, command, timeoutMs, input, notes } = order;
  const { log, lease, fleet } = run;
  const note = (state: NotedLine['state']): Command => noteOf(instance, lineOf(run, action, state));
  const body = and(
    // Each deploy begins with it: what lies there may be what its upload needs the room of.
    ...(action.kind === 'stage' ? [trimJournal(instance.path), tryClearLeftovers(instance.path)] : []),
    ...(notes === 'done' ? [] : [note('begin')]),
    command,
    ...(notes === 'begin' ? [] : [note('done')]),
  );
  const guarded = fenced(instance.path, lease.token, body, { waitSeconds: fenceWaitSeconds });
  log.info(title, instance.name);
  const task: Task = {
    command: guarded,
    effect: 'change',
    title,
    timeoutMs,
    onLine: (line) => {
      log.debug(line, instance.name);
      order.onLine?.(line);
    },
    ...(input ? { input } : {}),
  };
  const ran = await hostOf(fleet, instance).run(task, order.signal);
  if (ran.code === 0) return ran;
  throw order.explain
    ? (byFence(instance.name, ran) ?? order.explain(ran))
    : explainFailure(instance.name, title, ran, {
        path: instance.path,
        user: userOf(instance),
        noexec: fleet.facts[instance.name]?.noexec,
      });
}

/**
 * Tells a server how the deploy has ended: over, so that nothing of what it has noted is taken up, or mixed, so that no other one
 * begins although the store may lose that. That it cannot be told harms nobody.
 */
export async function noteEnd(
  { hosts }: Pick<ConnectedFleet, 'hosts'>,
  instance: Instance,
  line: NotedLine,
  log: Log,
): Promise<void> {
  const title = `note that ${line.deploy} ${line.state === 'over' ? 'is over' : 'was left mixed'}`;
  const command = fenced(instance.path, line.token, noteOf(instance, line), {
    waitSeconds: fenceWaitSeconds,
  });
  try {
    await hostOf({ hosts }, instance).run({ command, effect: 'change', title, timeoutMs: 30_000 });
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    log.debug(`${title}: ${error.message}`, instance.name);
  }
}

const noteOf = ({ path }: Instance, line: NotedLine): Command => appendJournal(path, notedLine.fit(line));

/** What is noted with an action: also what a resume has to know when the store has lost its journal. */
export function lineOf(
  run: DeployRun,
  { kind, instance, release }: Action,
  state: NotedLine['state'],
): NotedLine {
  const { deploy, environment, plan, progress, lease } = run;
  const { previous = null, stopped, back } = trackOf(plan, instance) ?? {};
  const all = plan.tracks.length + plan.retire.length + plan.unchanged.length;
  return {
    ...{ deploy, action: kind, release, state },
    environment: environment.name,
    order: run.action,
    whole: all === environment.instances.length,
    brings: plan.release,
    previous,
    stopped: stopped === true,
    back: back === true,
    failed: progress.isBad(instance),
    token: lease.token,
  };
}

export function hostOf({ hosts }: Pick<ConnectedFleet, 'hosts'>, { name }: Instance): Host {
  const host = hosts.get(name);
  if (!host) throw new TypeError(`no connection to ${name}`);
  return host;
}
