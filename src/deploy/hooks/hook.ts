/** A user's command at a point of the deploy: on the instance, or on this machine. */
import { argv, user, when, type Command } from '../../commands/core/command.ts';
import { goneAfter } from '../../commands/docker/run.ts';
import { limited, limitPassed } from '../../commands/core/time-limit.ts';
import { once, onceDone } from '../../commands/release/once.ts';
import { notStarted, startsNone } from '../../commands/refusals.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import { releaseFolder } from '../../commands/release/release-folder.ts';
import type { Hook, Instance } from '../../config/types.ts';
import type { Action } from '../model/actions.ts';
import { change, fenceWaitSeconds } from '../servers/change.ts';
import { onAgent } from './hook-agent.ts';
import type { DeployRun } from '../context/deploy-context.ts';
import { callOf, failed, late, type HookCall } from './hook-call.ts';

/** Between SIGTERM and SIGKILL; and how much later than the server this end gives up. */
const graceMs = 5000;
const laterMs = fenceWaitSeconds * 1000 + graceMs + 25_000;

/** Throws `hook-failed` and `hook-late`, and what the lock or the way there says against it. */
export async function hook(
  run: DeployRun,
  instance: Instance,
  action: Action,
  given: Hook | null,
): Promise<void> {
  if (given === null) return;
  const call = callOf(run, instance, action, given);
  await (given.on === 'agent' ? onAgent(run, call) : onInstance(run, call));
}

async function onInstance(run: DeployRun, call: HookCall): Promise<void> {
  const { instance, action, hook: given, env, at, title, hear } = call;
  const mark = `CANOPY_HOOK_ID=${env.CANOPY_HOOK_ID}`;
  const limit = limited(linesOf(call), { ms: given.timeoutMs, graceMs, mark });
  const { docker, path } = instance;
  const bounded = docker ? goneAfter({ docker, path }, limit) : limit;
  const { stdout } = await change(run, instance, action, {
    title,
    command: action.kind === 'once' ? once(at, run.deploy, bounded) : bounded,
    timeoutMs: given.timeoutMs + laterMs,
    onLine: hear,
    explain: (ran) => {
      const passed = limitPassed(ran);
      const noexec = run.fleet.facts[instance.name]?.noexec ?? null;
      const why = noexec !== null && ran.code === notStarted ? startsNone(noexec).what : null;
      return passed ? late(call, passed.left) : failed(call, ran.code, why);
    },
  });
  if (action.kind === 'once' && stdout.trim() === onceDone(at)) run.log.info(onceDone(at), instance.name);
}

/** A release that never arrived has no folder to run in; what Canopy did not deploy had it as long as `current` led there. */
function linesOf({ instance, action, hook: { run }, env, at }: HookCall): Command {
  if (action.kind === 'failure' && at.foreign === true) return user(run, { cwd: at.path, env });
  const within = runtimeOf(instance).within(at, run, env);
  return action.kind === 'failure'
    ? when(argv('test', '-d', releaseFolder(at)), within, user(run, { cwd: at.path, env }))
    : within;
}
