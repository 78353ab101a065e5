/** Performs one action on one instance: a command from a builder, fenced by the lease's token, run on the host. */
import type { Hooks, Instance } from '../../config/types.ts';
import { CanopyError, fail, isCanopyError } from '../../errors.ts';
import type { Action, ActionFinding, ActionKind, Performed } from '../model/actions.ts';
import { hostOf } from '../servers/change.ts';
import { collect } from './collect.ts';
import { cool, finish } from './finish.ts';
import { gate } from '../gate/gate.ts';
import { notProven } from '../report/not-proven.ts';
import { hook } from '../hooks/hook.ts';
import { lookUp } from '../../shared/look-up.ts';
import { withKeptCheck } from '../gate/kept.ts';
import { trackOf } from '../model/plan.ts';
import { asItIs, filesOf } from '../model/site.ts';
import { send } from './send.ts';
import { asStarted } from './started.ts';
import { endUpload, type ActionContext } from './action-context.ts';
import { activate, restore } from './switch.ts';

type Act = (run: ActionContext, instance: Instance, action: Action) => Promise<ActionFinding | void>;

/**
 * Null when nothing was done that counts: it was told to stop before that, or an upload was ended. Never throws for what a server
 * can do to us. `wave`: the instances that the same is done to at the same time.
 */
export async function perform(
  run: ActionContext,
  action: Action,
  wave: readonly string[],
): Promise<Performed | null> {
  const leaves = action.kind === 'drain' || action.kind === 'retire';
  try {
    if (leaves && (await run.guard?.admit(action.instance, wave)) === false) return null;
    const found = await acts[action.kind](run, instanceOf(run, action), action);
    return { ...action, at: run.clock.now(), ...found, result: 'ok', reason: null };
  } catch (error) {
    return failed(run, action, error);
  }
}

function failed(run: ActionContext, action: Action, error: unknown): Performed | null {
  const { clock, log, masked } = run;
  if (!isCanopyError(error)) throw error;
  const isEnded = action.kind === 'stage' && endUpload(run)?.aborted === true;
  if (isEnded && error.code === 'remote-stopped') return null;
  const [problem] = error.problems;
  if (problem === undefined) throw error;
  log.warn(`${action.kind} failed: ${problem.message}`, action.instance);
  // It goes into the store, and to the failure hook: it may repeat what a server printed.
  return { ...action, at: clock.now(), result: 'failed', reason: masked(problem.message), problem };
}

async function drain({ balancer, environment, log }: ActionContext, { name }: Instance): Promise<void> {
  const { cut } = (await balancer?.drain(name, environment.rollout.drainMs)) ?? { cut: 0 };
  if (cut === 0) log.info('drained: no request is in flight', name);
  if (cut > 0) log.warn(`${cut} requests were still in flight after the drain time and are cut`, name);
}

const notYet = new Set(['router-not-ready', 'haproxy-not-ready']);

async function takeBack(
  run: ActionContext,
  instance: Instance,
  { kind }: Action,
): Promise<ActionFinding | void> {
  const { balancer, log } = run;
  try {
    await balancer?.ready(instance.name, instance.health.withinMs);
    if (balancer) log.info('takes requests again', instance.name);
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    const isKnown = kind !== 'ready' && notYet.has(error.code) && wasUnwell(run, instance.name);
    if (!isKnown && error.code !== 'router-none') throw error;
    log.warn(error.message, instance.name);
    // Without a router nobody knows whether it is so.
    if (!isKnown) return { unconfirmed: error.message };
  }
}

/**
 * It stands in the shared state: a router that comes back takes the instance up by itself, and one that was not healthy before the
 * deploy, or did not even run, when it is.
 */
const wasUnwell = ({ progress, plan }: ActionContext, name: string): boolean =>
  progress.isUnwell(name) || trackOf(plan, name)?.stopped === true;

async function pass(run: ActionContext, instance: Instance, action: Action): Promise<ActionFinding> {
  const host = hostOf(run.fleet, instance);
  const { name } = instance;
  const { release, kind } = action;
  const { environment, log } = run;
  const { healthyForMs } = environment.rollout;
  // An earlier release is judged by the check that it was deployed with: what it cannot pass may be the fault of the new one.
  const isEarlier = kind === 'regate' || run.action === 'rollback';
  const started = asStarted(run, instance, release, kind === 'regate');
  const kept = isEarlier ? await withKeptCheck(started, release, host) : null;
  const before = kept === null && kind === 'regate' ? (lookUp(run.answered, name) ?? null) : null;
  const { reason, answers, ...found } = await gate(
    kept ?? asItIs(started, run.fleet.facts[name], release),
    filesOf(run.fleet.facts[name], instance.path, release),
    { healthyForMs, before },
    { ...run, host },
  );
  run.answers.set(name, answers);
  if (reason !== null) throw fail('gate-failed', { host: name, release, reason });
  if (found.unwell) log.warn(`${release} is no better than before the deploy: ${answers.at(-1)}`, name);
  else log.info(`healthy with ${release}`, name);
  if (found.unproven !== undefined) log.warn(notProven(release, found.unproven), name);
  return found;
}

const hookOf =
  (kind: keyof Hooks & ActionKind): Act =>
  (run, instance, action) =>
    hook(run, instance, action, run.environment.hooks[kind]);

const acts: Readonly<Record<ActionKind, Act>> = {
  stage: send,
  prepare: hookOf('prepare'),
  once: hookOf('once'),
  drain,
  activate,
  gate: pass,
  ready: takeBack,
  after: hookOf('after'),
  finish,
  retire: drain,
  cool,
  collect: async (run, instance) => ({ evidence: await collect(run, instance) }),
  undrain: takeBack,
  redrain: drain,
  restore,
  regate: pass,
  reready: takeBack,
  recall: takeBack,
  failure: hookOf('failure'),
};

function instanceOf({ byName }: ActionContext, { instance }: Action): Instance {
  const found = byName.get(instance);
  if (!found) throw new TypeError(`no instance ${instance} in the plan`);
  return found;
}
