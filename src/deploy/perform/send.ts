/** Brings a release to an instance, ahead of the switch. */
import { argv } from '../../commands/core/command.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import { envFile } from '../../commands/release/release-folder.ts';
import type { Hooks, Instance } from '../../config/types.ts';
import { CanopyError } from '../../errors.ts';
import { showSize } from '../../shared/text/units.ts';
import type { Action, ActionFinding } from '../model/actions.ts';
import { change, hostOf } from '../servers/change.ts';
import type { InstanceFacts } from '../model/facts.ts';
import { filesOf } from '../model/site.ts';
import { endUpload, trackIn, type ActionContext } from './action-context.ts';
import { releaseRecord, runtimeEnv } from '../servers/release-info.ts';
import type { ReleaseUpload } from './uploads.ts';

/** What a server can do to an upload that takes from an earlier release, and not to one that brings all. */
const poisoned = new Set(['remote-hash', 'remote-failed', 'remote-missing']);

/** Finds out what was sent, if anything. */
export async function send(
  run: ActionContext,
  instance: Instance,
  action: Action,
): Promise<Pick<ActionFinding, 'sends'>> {
  const { log, uploads, config, environment } = run;
  const own = run.fleet.facts[instance.name];
  if (!trackIn(run, instance).send || uploads === null) {
    await refresh(run, instance, action);
    return {};
  }
  const link = config.artifact.immutable || mayLink(instance, own, environment.hooks);
  const upload = await uploads.forServer({ instance, host: hostOf(run.fleet, instance), facts: own, link });
  try {
    await bring(run, instance, action, upload, link);
    return { sends: upload.sends };
  } catch (error) {
    if (upload.base === null || !(error instanceof CanopyError) || !poisoned.has(error.code)) throw error;
    log.warn(`${error.message}; ${upload.base} is not what it was: all files are sent`, instance.name);
    const whole = await uploads.whole(instance);
    await bring(run, instance, action, whole, link);
    return { sends: whole.sends };
  }
}

/** It is there. */
async function refresh(run: ActionContext, instance: Instance, action: Action): Promise<void> {
  const at = filesOf(run.fleet.facts[instance.name], instance.path, action.release);
  // A rollback takes it as it was, with the values that it was deployed with.
  const isAsItWas = at.foreign === true || run.action === 'rollback';
  await change(run, instance, action, {
    title: isAsItWas ? `${at.id} is there: nothing is sent` : `refresh the environment of ${at.id}`,
    command: isAsItWas
      ? argv('true')
      : runtimeOf(instance).refresh(at, envFile(runtimeEnv(run.shipped, instance))),
    timeoutMs: 60_000,
  });
}

async function bring(
  run: ActionContext,
  instance: Instance,
  action: Action,
  upload: ReleaseUpload,
  link: boolean,
): Promise<void> {
  const { shipped, log } = run;
  const signal = endUpload(run);
  await change(run, instance, action, {
    ...(signal === null ? {} : { signal }),
    title: `receive ${action.release} and verify it: sends ${upload.sends}`,
    command: runtimeOf(instance).receive({
      path: instance.path,
      id: action.release,
      sha256: shipped.archive?.sha256 ?? '',
      tree: upload.tree,
      base: upload.base,
      link,
      record: releaseRecord(shipped, instance, run.masked),
      env: envFile(runtimeEnv(shipped, instance)),
      shared: instance.shared,
    }),
    timeoutMs: 15 * 60_000,
    input: {
      ...upload.input,
      onSent: (bytes) =>
        log.progress(
          instance.name,
          `upload ${showSize(bytes)} of ${showSize(upload.size)}`,
          upload.size > 0 ? bytes / upload.size : 1,
        ),
    },
  });
}

/**
 * Unless canopy.yml says so, two releases may share a file only when nobody writes it in place: neither the service, which runs as another user than the
 * one who owns the files, nor a command of canopy.yml that runs in the release as that owner.
 */
function mayLink({ health }: Instance, facts: InstanceFacts | undefined, hooks: Hooks): boolean {
  const commands = Object.values(hooks as unknown as Record<string, Hooks['prepare']>);
  const written = commands.some((hook) => hook?.on === 'instance') || health.probe.kind === 'command';
  return facts?.unit?.apart === true && !written;
}
