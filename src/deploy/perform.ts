/** Performs one action on one instance: a command from a builder, fenced by the lease's token, run on the host. */
import { and, type Command } from '../commands/command.ts';
import { explainFailure } from '../commands/explain.ts';
import { fenced } from '../commands/fence.ts';
import { appendJournal } from '../commands/journal.ts';
import * as release from '../commands/release.ts';
import * as service from '../commands/service.ts';
import type { Hook, Hooks, Instance } from '../config/types.ts';
import { CanopyError, fail, type Problem } from '../errors.ts';
import type { Balancer, Host } from '../ports.ts';
import { showSize } from '../units.ts';
import type { Action } from './decide.ts';
import { gate, type GatePorts } from './gate.ts';
import type { Track } from './plan.ts';
import { releaseRecord, runtimeEnv, type Shipped } from './shipped.ts';

export interface Stage extends Omit<GatePorts, 'host'> {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly tracks: ReadonlyMap<string, Track>;
  readonly balancer: Balancer | null;
  readonly shipped: Shipped;
  readonly hooks: Hooks;
  readonly healthyForMs: number;
  readonly drainMs: number;
  readonly deploy: string;
  /** The lease's token, as it stands now. */
  readonly token: () => number;
}

/** Null when it is done; else what went wrong. Never throws for what a server can do to us. */
export async function perform(stage: Stage, action: Action): Promise<Problem | null> {
  try {
    await act(stage, action);
    return null;
  } catch (error) {
    if (error instanceof CanopyError && error.problems[0]) return error.problems[0];
    throw error;
  }
}

async function act(stage: Stage, action: Action): Promise<void> {
  const instance = stage.instances.get(action.instance);
  const track = stage.tracks.get(action.instance);
  if (!instance || !track) throw new TypeError(`no instance ${action.instance} in the plan`);
  const at = { path: instance.path, id: action.release };
  const run = (title: string, command: Command, timeoutMs: number, input?: string): Promise<void> =>
    change(stage, instance, action, title, command, timeoutMs, input);
  switch (action.kind) {
    case 'stage':
      return send(stage, instance, action, track);
    case 'prepare':
      return hook(stage, instance, action, stage.hooks.prepare, 'run the prepare hook');
    case 'once':
      return hook(stage, instance, action, stage.hooks.once, 'run the once hook');
    case 'after':
      return hook(stage, instance, action, stage.hooks.after, 'run the after hook');
    case 'drain':
    case 'redrain': {
      const { cut } = (await stage.balancer?.drain(instance.name, stage.drainMs)) ?? { cut: 0 };
      if (cut === 0) stage.log.info('drained: no request is in flight', instance.name);
      if (cut > 0)
        stage.log.warn(
          `${cut} requests were still in flight after the drain time and are cut`,
          instance.name,
        );
      return;
    }
    case 'ready':
    case 'undrain':
    case 'reready':
      return takeBack(stage, instance);
    case 'activate': {
      const command = service.activate(instance.service, at, track.previous !== null, release.switchTo(at));
      return run(`switch to ${action.release} and restart the service`, command, 120_000);
    }
    case 'restore': {
      if (track.previous === null) {
        const back = and(service.halt(instance.service, instance.path), release.switchToNone(instance.path));
        return run('stop the service: there is no earlier release', back, 120_000);
      }
      const old = { path: instance.path, id: track.previous };
      return run(
        `switch back to ${track.previous}`,
        service.activate(instance.service, old, true, release.switchTo(old)),
        120_000,
      );
    }
    case 'gate':
    case 'regate':
      return pass(stage, instance, action);
    case 'finish': {
      const steps = [
        release.markHealthy(at, stage.clock.now()),
        ...(track.prune.length > 0 ? [release.prune(instance.path, track.prune)] : []),
      ];
      return run(
        `mark ${action.release} healthy${track.prune.length > 0 ? `, delete ${track.prune.join(' ')}` : ''}`,
        and(...steps),
        120_000,
      );
    }
  }
}

async function takeBack({ balancer, log }: Stage, instance: Instance): Promise<void> {
  try {
    await balancer?.ready(instance.name, instance.health.withinMs);
    if (balancer) log.info('takes requests again', instance.name);
  } catch (error) {
    // It stands in the shared state: a router that comes back takes the instance up by itself.
    if (!(error instanceof CanopyError) || error.code !== 'router-none') throw error;
    log.warn(error.message, instance.name);
  }
}

async function send(stage: Stage, instance: Instance, action: Action, track: Track): Promise<void> {
  const { shipped } = stage;
  const at = { path: instance.path, id: action.release };
  const env = release.envFile(runtimeEnv(shipped, instance));
  if (!track.send || shipped.archive === null) {
    return change(
      stage,
      instance,
      action,
      `refresh the environment of ${action.release}`,
      release.writeEnv(at, env),
      60_000,
    );
  }
  const received = {
    ...at,
    sha256: shipped.archive.sha256,
    record: releaseRecord(shipped, instance),
    env,
    shared: instance.shared,
  };
  const title = `receive ${action.release} (${showSize(shipped.archive.size)}), verify and unpack it`;
  await change(stage, instance, action, title, release.receive(received), 15 * 60_000, shipped.archive.file);
}

async function hook(
  stage: Stage,
  instance: Instance,
  action: Action,
  given: Hook | null,
  title: string,
): Promise<void> {
  if (given === null) return;
  await change(
    stage,
    instance,
    action,
    title,
    release.inRelease({ path: instance.path, id: action.release }, given.run),
    given.timeoutMs,
  );
}

async function pass(stage: Stage, instance: Instance, action: Action): Promise<void> {
  const host = hostOf(stage, instance);
  const reason = await gate(instance, action.release, stage.healthyForMs, { ...stage, host });
  if (reason !== null) throw fail('gate-failed', { host: instance.name, release: action.release, reason });
  stage.log.info(`healthy with ${action.release}`, instance.name);
}

/** A command that changes the server: journalled there before and after, and refused there when the token is stale. */
async function change(
  stage: Stage,
  instance: Instance,
  action: Action,
  title: string,
  command: Command,
  timeoutMs: number,
  input?: string,
): Promise<void> {
  const note = (state: string): Command =>
    appendJournal(instance.path, {
      deploy: stage.deploy,
      action: action.kind,
      release: action.release,
      state,
    });
  const guarded = fenced(instance.path, stage.token(), and(note('begin'), command, note('done')), {
    waitSeconds: 60,
  });
  stage.log.info(title, instance.name);
  const total = stage.shipped.archive?.size ?? 0;
  const ran = await hostOf(stage, instance).run({
    command: guarded,
    effect: 'change',
    title,
    timeoutMs,
    onLine: (line) => stage.log.debug(line, instance.name),
    ...(input === undefined
      ? {}
      : {
          input: {
            file: input,
            onSent: (bytes) =>
              stage.log.progress(instance.name, `upload ${showSize(bytes)}`, total ? bytes / total : 1),
          },
        }),
  });
  if (ran.code !== 0) throw explainFailure(instance.name, title, ran, instance.path);
}

function hostOf(stage: Stage, instance: Instance): Host {
  const host = stage.hosts.get(instance.name);
  if (!host) throw new TypeError(`no connection to ${instance.name}`);
  return host;
}
