/** The health gate: asks until the instance is healthy, or is not in time. */
import { runtimeOf } from '../../commands/runtime.ts';
import type { Effect } from '../../commands/core/command.ts';
import { holdMsOf } from '../../config/health-words.ts';
import type { Instance } from '../../config/types.ts';
import type { Clock, Host, Http, Log } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import { askHealth } from './ask.ts';
import { asBefore, beginWatch, observe, standing, wasWell } from './health.ts';

export interface HealthGatePorts {
  readonly host: Host;
  readonly http: () => Promise<Http>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Gated {
  /** Null when the release answered and went on answering; else why not. */
  readonly reason: string | null;
  /** It is no better than before the deploy, and no worse. */
  readonly unwell?: true;
  /** The last answers, oldest first; the same ones in a row are told once. */
  readonly answers: readonly string[];
}

const kept = 10;

/**
 * Asks until the release has answered `healthyForMs` long, or has not in time. `before`: what a release that was deployed without a
 * check of its own said before anything was touched.
 */
export async function gate(
  instance: Instance,
  release: string,
  { healthyForMs, before = null }: { readonly healthyForMs: number; readonly before?: string | null },
  ports: HealthGatePorts,
): Promise<Gated> {
  const { health } = instance;
  const limits = {
    rise: health.rise,
    holdMs: holdMsOf(instance, healthyForMs),
    withinMs: health.withinMs,
  };
  let watch = beginWatch(ports.clock.now());
  const answers: string[] = [];
  for (;;) {
    const judged = asBefore(await askHealth(instance, release, ports), before);
    watch = observe(watch, judged, ports.clock.now());
    if (watch.last !== answers.at(-1)) answers.push(watch.last);
    if (answers.length > kept) answers.shift();
    const stand = standing(watch, limits, ports.clock.now());
    if (stand === 'healthy') break;
    if (stand === 'failed' && before !== null && !wasWell(before))
      return { reason: null, unwell: true, answers };
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
export async function look(
  instance: Instance,
  release: string,
  ports: HealthGatePorts,
): Promise<string | null> {
  const { ok, reason } = await askHealth(instance, release, ports, 'read');
  if (!ok) return reason;
  return instance.health.release === null ? provenByProcess(instance, release, ports, 'read') : null;
}

/** Without an answer that tells its release, the main process's folder or program does. */
async function provenByProcess(
  instance: Instance,
  release: string,
  { host, log }: HealthGatePorts,
  effect: Effect = 'check',
): Promise<string | null> {
  const command = runtimeOf(instance).mainProcess();
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
