/** The health gate: asks until the instance is healthy, and proven to be ours, or is not in time. */
import type { ReleaseFiles } from '../../commands/release/release-folder.ts';
import { holdMsOf } from '../../config/health-words.ts';
import type { Instance } from '../../config/types.ts';
import { CanopyError } from '../../errors.ts';
import type { Clock, Host, Http, Log } from '../../ports/ports.ts';
import { showDuration } from '../../shared/text/units.ts';
import type { ProofFinding } from '../model/actions.ts';
import { askHealth } from './ask.ts';
import { asBefore, beginWatch, addAnswer, healthVerdict, wasWell } from './health.ts';
import type { HealthAnswer } from '../runtime/instance-runtime.ts';
import { prove, whyEnded } from './prove.ts';
import { until } from '../../shared/time.ts';

export interface HealthGatePorts {
  readonly host: Host;
  readonly http: () => Promise<Http>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Gated extends ProofFinding {
  /** Null when the release answered and went on answering; else why not. */
  readonly reason: string | null;
  /** It is no better than before the deploy, and no worse. */
  readonly unwell?: true;
  /** The last answers, oldest first; the same ones in a row are told once. */
  readonly answers: readonly string[];
}
type GateEnd = Omit<Gated, 'answers'>;

interface Judging {
  readonly healthyForMs: number;
  /** What a release that was deployed without a check of its own said before anything was touched. */
  readonly before?: string | null;
}

const kept = 10;

/** Asks until the release has answered `healthyForMs` long and is proven, or has not in time. */
export async function gate(
  instance: Instance,
  release: Omit<ReleaseFiles, 'path'>,
  judging: Judging,
  ports: HealthGatePorts,
): Promise<Gated> {
  const { everyMs, withinMs } = instance.health;
  const asking = new GateQuestioning(instance, release, judging, ports);
  let lostAt: number | null = null;
  const ask = async (): Promise<Gated | undefined> => {
    try {
      const end = await asking.once();
      if (end !== null) return { ...end, answers: asking.answers };
    } catch (error) {
      if (!(error instanceof CanopyError) || !unreached.test(error.code)) throw error;
      // Nobody has answered that it is not healthy: it gets its time anew; once, where it has not gone on well since.
      const now = ports.clock.now();
      if (lostAt === null || asking.goodFor(now) >= withinMs) lostAt = now;
      if (now - lostAt >= withinMs) throw error;
      asking.beginAnew(lostAt, error.message);
    }
    ports.log.progress(instance.name, `gate: ${asking.answers.at(-1)}`);
    return undefined;
  };
  return until(ports.clock, everyMs, ask);
}

/** The server was not reached, or did not answer in time: it may be the next time. */
const unreached = /^(?:ssh-(?:lost|channel|timeout|unreachable|refused)|remote-timeout)$/;

class GateQuestioning {
  readonly answers: string[] = [];
  readonly #instance: Instance;
  readonly #release: Omit<ReleaseFiles, 'path'>;
  readonly #before: string | null;
  readonly #ports: HealthGatePorts;
  readonly #limits: Parameters<typeof healthVerdict>[1];
  #watch;

  constructor(
    instance: Instance,
    release: Omit<ReleaseFiles, 'path'>,
    { healthyForMs, before = null }: Judging,
    ports: HealthGatePorts,
  ) {
    this.#instance = instance;
    this.#release = release;
    this.#before = before;
    this.#ports = ports;
    const { rise, withinMs } = instance.health;
    this.#limits = { rise, withinMs, holdMs: holdMsOf(instance, healthyForMs) };
    this.#watch = beginWatch(ports.clock.now());
  }

  /** How long the present row of good answers goes on. */
  goodFor(now: number): number {
    return this.#watch.goodSince === null ? 0 : now - this.#watch.goodSince;
  }

  beginAnew(now: number, why: string): void {
    this.#watch = beginWatch(now);
    this.#note(why);
  }

  /** Null while it is to be asked again. */
  async once(): Promise<GateEnd | null> {
    const instance = this.#instance;
    const { clock, host } = this.#ports;
    const judged = asBefore(await askHealth(instance, this.#release.id, this.#ports), this.#before);
    this.#watch = addAnswer(this.#watch, judged, clock.now());
    this.#note(this.#watch.last);
    const stand = healthVerdict(this.#watch, this.#limits, clock.now());
    if (stand === 'healthy') return this.#proven(judged);
    // Somebody else may answer for a service that has ended, or nobody ever will: it is not waited for.
    const dead = isAssumed(judged) || toldRelease(instance, judged) ? null : await whyEnded(instance, host);
    if (dead !== null) this.#note(dead);
    if (dead === null && stand === 'waiting') return null;
    if (this.#before !== null && !wasWell(this.#before)) return { reason: null, unwell: true };
    const within = showDuration(this.#limits.withinMs);
    return { reason: dead ?? `not healthy within ${within}: ${this.#watch.last}` };
  }

  /** It answers as it should: whether that is the release. */
  async #proven(judged: HealthAnswer): Promise<GateEnd | null> {
    if (isAssumed(judged)) return { reason: null };
    if (toldRelease(this.#instance, judged)) return { reason: null, proof: 'answer' };
    const verdict = await prove(this.#instance, this.#release, this.#ports.host, 'check');
    if (verdict === null) return { reason: null };
    if ('proven' in verdict) return { reason: null, proof: verdict.proven };
    const isOver = this.#ports.clock.now() - this.#watch.startedAt >= this.#limits.withinMs;
    if ('failed' in verdict) this.#note(verdict.failed);
    if (!verdict.final && !isOver) return null;
    return 'failed' in verdict ? { reason: verdict.failed } : { reason: null, unproven: verdict.unproven };
  }

  #note(said: string): void {
    if (said !== this.answers.at(-1)) this.answers.push(said);
    if (this.answers.length > kept) this.answers.shift();
  }
}

/** In a dry run nobody has said anything. */
const isAssumed = ({ said }: HealthAnswer): boolean => said === '';

/** Whether the answer itself has told the release. */
const toldRelease = ({ health }: Instance, { said }: HealthAnswer): boolean =>
  health.release !== null && said.endsWith(' release');

interface Looked extends ProofFinding {
  /** Null when it is healthy; else why not. */
  readonly reason: string | null;
}

/** Asks a release that runs already once. Nothing has been changed: a dry run asks too. */
export async function look(
  instance: Instance,
  release: Omit<ReleaseFiles, 'path'>,
  ports: HealthGatePorts,
): Promise<Looked> {
  const judged = await askHealth(instance, release.id, ports, 'read');
  if (!judged.ok) return { reason: judged.reason };
  if (toldRelease(instance, judged)) return { reason: null, proof: 'answer' };
  const verdict = await prove(instance, release, ports.host, 'read');
  if (verdict === null) return { reason: null };
  if ('failed' in verdict) return { reason: verdict.failed };
  return 'proven' in verdict
    ? { reason: null, proof: verdict.proven }
    : { reason: null, unproven: verdict.unproven };
}
