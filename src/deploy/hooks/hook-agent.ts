/** A hook on this machine. */
import { argv, type Command } from '../../commands/core/command.ts';
import { askOnce, markOnce, onceDone } from '../../commands/release/once.ts';
import { isCanopyError } from '../../errors.ts';
import { change, fenceWaitSeconds } from '../servers/change.ts';
import type { DeployRun } from '../context/deploy-context.ts';
import { failed, late, type HookCall } from './hook-call.ts';

const noteMs = fenceWaitSeconds * 1000 + 60_000;

export async function onAgent(run: DeployRun, call: HookCall): Promise<void> {
  // An instance that cannot be reached may be why this one runs.
  if (call.action.kind === 'failure') return runHere(run, call);
  await (call.action.kind === 'once' ? onceHere(run, call) : noted(run, call));
}

/** The server is asked before, so that a run which has lost the lock starts nothing here, and it hears of the end. */
async function noted(run: DeployRun, call: HookCall): Promise<void> {
  await begin(run, call, argv('true'));
  await runHere(run, call);
  await end(run, call, argv('true'));
}

/** What dies between the run and the mark runs it again when it is resumed. */
async function onceHere(run: DeployRun, call: HookCall): Promise<void> {
  const { at, instance } = call;
  const { stdout } = await begin(run, call, askOnce(at));
  const isDone = stdout.trim() === onceDone(at);
  if (isDone) run.log.info(onceDone(at), instance.name);
  else await runHere(run, call);
  await end(run, call, isDone ? argv('true') : markOnce(at, run.deploy));
}

const begin = (run: DeployRun, { instance, action }: HookCall, command: Command) =>
  change(run, instance, action, {
    title: `note that the ${action.kind} hook begins on this machine`,
    command,
    timeoutMs: noteMs,
    notes: 'begin',
  });

const end = (run: DeployRun, { instance, action }: HookCall, command: Command) =>
  change(run, instance, action, {
    title: `note that the ${action.kind} hook has run`,
    command,
    timeoutMs: noteMs,
    notes: 'done',
  });

async function runHere({ exec, log, config }: DeployRun, call: HookCall): Promise<void> {
  const { instance, hook, env, hear } = call;
  const title = `${call.title} on this machine`;
  log.info(title, instance.name);
  const { shell } = await exec();
  try {
    const { code } = await shell(hook.run, {
      cwd: config.folder,
      title: `${title} for ${instance.name}`,
      effect: 'change',
      env,
      timeoutMs: hook.timeoutMs,
      onLine: (line) => {
        log.debug(line, instance.name);
        hear(line);
      },
    });
    if (code !== 0) throw failed(call, code);
  } catch (error) {
    throw isCanopyError(error) && error.code === 'command-timeout' ? late(call, false, error) : error;
  }
}
