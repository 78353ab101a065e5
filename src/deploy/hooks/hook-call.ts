/** One run of a hook: what it sees, how it is told, and how it can fail. */
import type { ReleaseFiles } from '../../commands/release/release-folder.ts';
import type { Hook, Instance } from '../../config/types.ts';
import { fail, type CanopyError } from '../../errors.ts';
import { errorLine } from '../../shared/text/error-line.ts';
import { cut } from '../../shared/text/line.ts';
import { showDuration } from '../../shared/text/units.ts';
import type { Action } from '../model/actions.ts';
import type { DeployRun } from '../context/deploy-context.ts';
import { hookEnv } from './hook-env.ts';
import { trackOf } from '../model/plan.ts';
import { filesOf } from '../model/site.ts';

export interface HookCall {
  readonly instance: Instance;
  readonly action: Action;
  readonly hook: Hook;
  readonly env: ReturnType<typeof hookEnv>;
  readonly at: ReleaseFiles;
  readonly title: string;
  /** Takes each line that it prints. */
  readonly hear: (line: string) => void;
  /** Its error, for a message; all that it printed stands in the log. */
  readonly said: () => string;
  /** What it printed last. */
  readonly last: () => string;
}

export function callOf(run: DeployRun, instance: Instance, action: Action, hook: Hook): HookCall {
  const { plan, shipped, progress, fleet } = run;
  const { name, path } = instance;
  const env = hookEnv(
    {
      action: run.action,
      app: shipped.app,
      environment: plan.environment,
      commit: shipped.commit,
      deploy: run.deploy,
      token: run.lease.token,
      previous: trackOf(plan, name)?.previous ?? null,
      reason: action.kind === 'failure' ? progress.reasonOf(name) : null,
    },
    action,
  );
  const at = filesOf(fleet.facts[name], path, action.release);
  return { instance, action, hook, env, at, title: `run the ${action.kind} hook`, ...heard() };
}

/** `why`: what is known of the reason beside what it said. */
export const failed = (call: HookCall, code: number, why: string | null = null): CanopyError =>
  fail('hook-failed', {
    ...named(call),
    code,
    said: [call.said(), ...(why === null ? [] : [why])].join('; '),
  });

/** `left`: some of it could not be ended. */
export const late = (call: HookCall, left: boolean, cause?: unknown): CanopyError =>
  fail(
    'hook-late',
    {
      ...named(call),
      limit: showDuration(call.hook.timeoutMs),
      left: left ? ', but some of it goes on as another user' : '',
      said: call.last(),
    },
    cause === undefined ? {} : { cause },
  );

const named = ({ instance, action, hook }: HookCall): { where: string; hook: string } => ({
  where: hook.on === 'agent' ? `this machine, for ${instance.name}` : instance.name,
  hook: action.kind,
});

const nothing = 'it printed nothing';
/** So many lines are looked at for the error. */
const looked = 300;

function heard(): Pick<HookCall, 'hear' | 'said' | 'last'> {
  const lines: string[] = [];
  return {
    hear: (line) => {
      // Our own words about the limit stand in the message already.
      if (line.trim() === '' || line.startsWith('canopy: ')) return;
      lines.push(cut(line.trim(), 300));
      if (lines.length > looked) lines.shift();
    },
    said: () => errorLine({ stdout: lines.join('\n'), stderr: '' }) ?? nothing,
    last: () => lines.at(-1) ?? nothing,
  };
}
