/** The health gate: asks until the instance is healthy, or is not in time. */
import { placeOf } from '../../commands/place.ts';
import type { Effect } from '../../commands/command.ts';
import type { Instance } from '../../config/types.ts';
import type { Clock, Host, Http, Log } from '../../ports.ts';
import { showDuration } from '../../units.ts';
import { beginWatch, judgeAnswer, observe, standing, type Judged } from './health.ts';

export interface GatePorts {
  readonly host: Host;
  readonly http: () => Promise<Http>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Gated {
  /** Null when the release answered and went on answering; else why not. */
  readonly reason: string | null;
  /** The last answers, oldest first; the same ones in a row are told once. */
  readonly answers: readonly string[];
}

const kept = 10;

/** Asks until the release has answered `healthyForMs` long, or has not in time. */
export async function gate(
  instance: Instance,
  release: string,
  healthyForMs: number,
  ports: GatePorts,
): Promise<Gated> {
  const { health } = instance;
  const limits = {
    rise: health.rise,
    holdMs: health.probe.kind === 'running' ? Math.max(health.probe.forMs, healthyForMs) : healthyForMs,
    withinMs: health.withinMs,
  };
  let watch = beginWatch(ports.clock.now());
  const answers: string[] = [];
  for (;;) {
    watch = observe(watch, await ask(instance, release, ports), ports.clock.now());
    if (watch.last !== answers.at(-1)) answers.push(watch.last);
    if (answers.length > kept) answers.shift();
    const stand = standing(watch, limits, ports.clock.now());
    if (stand === 'healthy') break;
    if (stand === 'failed')
      return { reason: `not healthy within ${showDuration(limits.withinMs)}: ${watch.last}`, answers };
    ports.log.progress(instance.name, `gate: ${watch.last}`);
    await ports.clock.sleep(health.everyMs);
  }
  return {
    reason: health.release === null ? await provenByProcess(instance, release, ports) : null,
    answers,
  };
}

/** Asks a release that runs already once: null when it is healthy, else why not. Nothing has been changed: a dry run asks too. */
export async function look(instance: Instance, release: string, ports: GatePorts): Promise<string | null> {
  const { ok, reason } = await ask(instance, release, ports, 'read');
  if (!ok) return reason;
  return instance.health.release === null ? provenByProcess(instance, release, ports, 'read') : null;
}

async function ask(
  instance: Instance,
  release: string,
  ports: GatePorts,
  effect: Effect = 'check',
): Promise<Judged> {
  const { probe } = instance.health;
  const options = { effect, timeoutMs: 5000 } as const;
  if (probe.kind === 'http') {
    const url = `${instance.url}${probe.path}`;
    const answer =
      instance.health.from === 'agent'
        ? (await ports.http()).get(url, options)
        : ports.host.get(url, options);
    return judgeAnswer(instance.health, await answer, release);
  }
  if (probe.kind === 'tcp') {
    const open = await ports.host.connects('127.0.0.1', probe.port, options);
    return { ok: open, reason: open ? `port ${probe.port} is open` : `port ${probe.port} is closed` };
  }
  const place = placeOf(instance);
  const which = probe.kind === 'running' ? place.steady() : null;
  const command =
    probe.kind === 'command'
      ? place.ask({ path: instance.path, id: release }, probe.command)
      : (which ?? place.status());
  const title = probe.kind === 'command' ? 'ask the health command' : 'ask whether the service runs';
  const ran = await ports.host.run({ command, effect, title, timeoutMs: 30_000 });
  const reason =
    ran.code === 0
      ? 'runs'
      : `exit code ${ran.code} ${(ran.stderr || ran.stdout).trim().split('\n').at(-1) ?? ''}`.trim();
  const judged = { ok: ran.code === 0, reason };
  return which !== null && ran.code === 0 && !ran.assumed
    ? { ...judged, process: ran.stdout.trim() }
    : judged;
}

/** Without an answer that tells its release, the main process's folder or program does. */
async function provenByProcess(
  instance: Instance,
  release: string,
  { host, log }: GatePorts,
  effect: Effect = 'check',
): Promise<string | null> {
  const command = placeOf(instance).mainProcess();
  if (command === null) {
    log.warn('nothing proves which release answers: set health.release', instance.name);
    return null;
  }
  const ran = await host.run({
    command,
    effect,
    title: 'read which release the main process belongs to',
  });
  if (ran.assumed) return null;
  const [releases = '', ...named] = ran.stdout.split('\n').filter((line) => line !== '');
  const places = named.filter((line) => line.startsWith(`${releases}/`));
  const own = `${releases}/${release}`;
  if (places.some((line) => line === own || line.startsWith(`${own}/`))) return null;
  if (places.length > 0) return `the main process belongs to ${places[0]}`;
  log.warn('nothing proves which release answers: set health.release', instance.name);
  return null;
}
