/** Performs one action on one instance: a command from a builder, fenced by the lease's token, run on the host. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Replaced } from '../../commands/release/shell-runtime.ts';
import type { Instance } from '../../config/types.ts';
import { CanopyError, fail, isCanopyError } from '../../errors.ts';
import type { Action, ActionFinding, Performed } from '../model/actions.ts';
import { change, hostOf } from '../servers/change.ts';
import { collect } from './collect.ts';
import { cool, finish } from './finish.ts';
import { gate } from '../gate/gate.ts';
import { notProven } from '../report/not-proven.ts';
import { hook } from '../hooks/hook.ts';
import { lookUp } from '../../shared/look-up.ts';
import { withKeptCheck } from '../gate/kept.ts';
import type { InstanceFacts } from '../model/facts.ts';
import { trackOf, type Track } from '../model/plan.ts';
import { servedLine } from '../model/served.ts';
import { asItIs, filesOf, isForeign } from '../model/site.ts';
import { send } from './send.ts';
import { asStarted, leaving } from './started.ts';
import type { Stage } from './stage.ts';

/**
 * Null when nothing was done that counts: it was told to stop before that, or an upload was ended. Never throws for what a server
 * can do to us. `wave`: the instances that the same is done to at the same time.
 */
export async function perform(
  stage: Stage,
  action: Action,
  wave: readonly string[],
): Promise<Performed | null> {
  const { clock, log, masked } = stage;
  const leaves = action.kind === 'drain' || action.kind === 'retire';
  try {
    if (leaves && (await stage.guard?.admit(action.instance, wave)) === false) return null;
    const found = await act(stage, action);
    return { ...action, at: clock.now(), ...found, result: 'ok', reason: null };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    const isEnded = action.kind === 'stage' && stage.endUpload()?.aborted === true;
    if (isEnded && error.code === 'remote-stopped') return null;
    const [problem] = error.problems;
    if (problem === undefined) throw error;
    log.warn(`${action.kind} failed: ${problem.message}`, action.instance);
    // It goes into the store, and to the failure hook: it may repeat what a server printed.
    return { ...action, at: clock.now(), result: 'failed', reason: masked(problem.message), problem };
  }
}

async function act(stage: Stage, action: Action): Promise<ActionFinding | void> {
  const instance = stage.instances.get(action.instance);
  if (!instance) throw new TypeError(`no instance ${action.instance} in the plan`);
  switch (action.kind) {
    case 'prepare':
    case 'once':
    case 'after':
    case 'failure':
      return hook(stage, instance, action, stage.hooks[action.kind]);
    case 'drain':
    case 'redrain':
    case 'retire':
      return drain(stage, instance);
    case 'ready':
    case 'undrain':
    case 'reready':
    case 'recall':
      return takeBack(stage, instance, action);
    case 'gate':
    case 'regate':
      return pass(stage, instance, action);
    case 'collect':
      return { evidence: await collect(stage, instance) };
    case 'cool':
      return cool(stage, instance, action);
    default:
      return switchOver(stage, instance, action, trackOf(stage.plan, instance.name));
  }
}

async function switchOver(
  stage: Stage,
  instance: Instance,
  action: Action,
  track: Track | undefined,
): Promise<ActionFinding | void> {
  if (!track) throw new TypeError(`no track of ${instance.name} in the plan`);
  const facts = stage.facts[instance.name];
  const at = filesOf(facts, instance.path, action.release);
  const isBack = action.kind === 'restore';
  const to = isBack ? (track.previous ?? action.release) : action.release;
  const place = runtimeOf(asStarted(stage, instance, to, isBack && track.previous !== null));
  const left = leaving(stage, instance, isBack);
  const timeoutMs = 120_000;
  switch (action.kind) {
    case 'stage': {
      const sends = await send(stage, instance, action, track);
      return sends === null ? {} : { sends };
    }
    case 'activate': {
      const title = `switch to ${action.release} and restart the service`;
      const command = place.activate(at, replacedBy(stage, facts), left);
      await change(stage, instance, action, { title, command, timeoutMs });
      return;
    }
    case 'restore': {
      const title =
        track.previous === null
          ? 'stop the service: there is no earlier release'
          : `switch back to ${track.previous}${track.stopped === true ? ', which did not run' : ''}`;
      const command =
        track.previous === null
          ? place.clear()
          : place.restore(filesOf(facts, instance.path, track.previous), track.stopped === true, left);
      await change(stage, instance, action, { title, command, timeoutMs });
      return;
    }
    case 'finish':
      return finish(stage, instance, action, track);
    default:
      throw new TypeError(`no action ${action.kind}`);
  }
}

/** What no release of ours is is noted before it goes: the record knows it from no deploy. */
function replacedBy({ clock, token, whole }: Stage, facts: InstanceFacts | undefined): Replaced {
  const name = facts?.current ?? null;
  if (facts === undefined || name === null || !isForeign(facts, name)) return { name, served: null };
  const line = { at: clock.now(), token: token(), way: 'on', whole, id: name, before: name } as const;
  return { name, served: servedLine(line) };
}

async function drain({ balancer, drainMs, log }: Stage, { name }: Instance): Promise<void> {
  const { cut } = (await balancer?.drain(name, drainMs)) ?? { cut: 0 };
  if (cut === 0) log.info('drained: no request is in flight', name);
  if (cut > 0) log.warn(`${cut} requests were still in flight after the drain time and are cut`, name);
}

const notYet = new Set(['router-not-ready', 'haproxy-not-ready']);

async function takeBack(
  { balancer, log, plan, isUnwell }: Stage,
  instance: Instance,
  { kind }: Action,
): Promise<ActionFinding | void> {
  try {
    await balancer?.ready(instance.name, instance.health.withinMs);
    if (balancer) log.info('takes requests again', instance.name);
  } catch (error) {
    // It stands in the shared state: a router that comes back takes the instance up by itself, and one that was not healthy
    // before the deploy, or did not even run, when it is.
    const wasUnwell = isUnwell(instance.name) || trackOf(plan, instance.name)?.stopped === true;
    const isKnown = error instanceof CanopyError && notYet.has(error.code) && kind !== 'ready' && wasUnwell;
    if (!(error instanceof CanopyError) || !(isKnown || error.code === 'router-none')) throw error;
    log.warn(error.message, instance.name);
    // Without a router nobody knows whether it is so.
    if (!isKnown) return { unconfirmed: error.message };
  }
}

async function pass(stage: Stage, instance: Instance, action: Action): Promise<ActionFinding> {
  const host = hostOf(stage, instance);
  const { name } = instance;
  const { release, kind } = action;
  const { healthyForMs, log } = stage;
  // An earlier release is judged by the check that it was deployed with: what it cannot pass may be the fault of the new one.
  const isEarlier = kind === 'regate' || stage.action === 'rollback';
  const started = asStarted(stage, instance, release, kind === 'regate');
  const kept = isEarlier ? await withKeptCheck(started, release, host) : null;
  const before = kept === null && kind === 'regate' ? (lookUp(stage.answered, name) ?? null) : null;
  const { reason, answers, ...found } = await gate(
    kept ?? asItIs(started, stage.facts[name], release),
    filesOf(stage.facts[name], instance.path, release),
    { healthyForMs, before },
    { ...stage, host },
  );
  stage.answers.set(name, answers);
  if (reason !== null) throw fail('gate-failed', { host: name, release, reason });
  if (found.unwell) log.warn(`${release} is no better than before the deploy: ${answers.at(-1)}`, name);
  else log.info(`healthy with ${release}`, name);
  if (found.unproven !== undefined) log.warn(notProven(release, found.unproven), name);
  return found;
}
