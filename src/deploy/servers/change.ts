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
import type { FactsByInstance } from '../model/facts.ts';
import { notedLine, type NotedLine } from '../model/noted.ts';
import { userOf } from '../../shared/system/user-of.ts';

/** So long may another command of Canopy hold the lock of the server. */
export const fenceWaitSeconds = 60;

export interface Site {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly log: Log;
  readonly facts?: FactsByInstance;
  readonly deploy: string;
  /** The lease's token, as it stands now. */
  readonly token: () => number;
  /** What else is noted with an action: what a resume has to know when the store has lost its journal. */
  readonly frame: (action: Action) => Omit<NotedLine, 'deploy' | 'action' | 'release' | 'state' | 'token'>;
}

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
export async function change(site: Site, instance: Instance, action: Action, order: Order): Promise<Ran> {
  const { title, command, timeoutMs, input, notes } = order;
  const note = (state: NotedLine['state']): Command => noteOf(site, instance, action, state);
  const body = and(
    // Each deploy begins with it: what lies there may be what its upload needs the room of.
    ...(action.kind === 'stage' ? [trimJournal(instance.path), tryClearLeftovers(instance.path)] : []),
    ...(notes === 'done' ? [] : [note('begin')]),
    command,
    ...(notes === 'begin' ? [] : [note('done')]),
  );
  const guarded = fenced(instance.path, site.token(), body, { waitSeconds: fenceWaitSeconds });
  site.log.info(title, instance.name);
  const task: Task = {
    command: guarded,
    effect: 'change',
    title,
    timeoutMs,
    onLine: (line) => {
      site.log.debug(line, instance.name);
      order.onLine?.(line);
    },
    ...(input ? { input } : {}),
  };
  const ran = await hostOf(site, instance).run(task, order.signal);
  if (ran.code === 0) return ran;
  throw order.explain
    ? (byFence(instance.name, ran) ?? order.explain(ran))
    : explainFailure(instance.name, title, ran, {
        path: instance.path,
        user: userOf(instance),
        noexec: site.facts?.[instance.name]?.noexec,
      });
}

/**
 * Tells a server how the deploy has ended: over, so that nothing of what it has noted is taken up, or mixed, so that no other one
 * begins although the store may lose that. That it cannot be told harms nobody.
 */
export async function noteEnd(
  site: Site,
  instance: Instance,
  action: Action,
  state: 'over' | 'mixed',
): Promise<void> {
  const title = `note that ${site.deploy} ${state === 'over' ? 'is over' : 'was left mixed'}`;
  const note = noteOf(site, instance, action, state);
  const command = fenced(instance.path, site.token(), note, { waitSeconds: fenceWaitSeconds });
  try {
    await hostOf(site, instance).run({ command, effect: 'change', title, timeoutMs: 30_000 });
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    site.log.debug(`${title}: ${error.message}`, instance.name);
  }
}

function noteOf(site: Site, { path }: Instance, action: Action, state: NotedLine['state']): Command {
  const { kind, release } = action;
  const { deploy } = site;
  const line = { deploy, action: kind, release, state, ...site.frame(action), token: site.token() };
  return appendJournal(path, notedLine.fit(line));
}

export function hostOf(site: Pick<Site, 'hosts'>, instance: Instance): Host {
  const host = site.hosts.get(instance.name);
  if (!host) throw new TypeError(`no connection to ${instance.name}`);
  return host;
}
