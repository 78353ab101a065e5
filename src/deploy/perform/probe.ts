/** A client of its own that asks through the balancer while a deploy runs: what it loses, others have lost too. */
import type { HttpAnswer } from '../../ports/ports.ts';
import { toLine } from '../../shared/text/line.ts';
import { withoutUserinfo } from '../../shared/url/userinfo.ts';
import { showDuration } from '../../shared/text/units.ts';
import {
  counted,
  emptyReport,
  lossOf,
  lostTooMany,
  tellVerdict,
  type ProbeReport,
} from '../report/probe-report.ts';
import type { PlanContext, ProbeSetup } from '../context/deploy-context.ts';
import { every } from '../../shared/time.ts';

type ProbePorts = Pick<PlanContext, 'http' | 'timer' | 'log'>;

export interface LostRequestProbe {
  /** What goes on from now on; the first one starts it. */
  going(phase: string, doing: string): void;
  /** Whether it has lost more than is allowed. */
  readonly lostTooMany: boolean;
  /** Waits for the answers that are under way, 5 s at the most. */
  settle(): Promise<void>;
  /** Ends it, waits for what is under way, and tells what it has seen. */
  stop(): Promise<ProbeReport>;
}

const timeoutMs = 5000;
/** Requests in flight at a time: one that hangs must not blind it, and a balancer that hangs is not flooded. */
const together = 5;
const most = 100_000;

/** Asks once. Null, with a warning, when that is not answered well: what is broken before cannot be lost. */
export async function openProbe(setup: ProbeSetup, ports: ProbePorts): Promise<LostRequestProbe | null> {
  const { log } = ports;
  const url = withoutUserinfo(setup.url);
  const http = await ports.http();
  const get = (): Promise<HttpAnswer> =>
    http.get(setup.url, { effect: 'check', timeoutMs, headers: { 'user-agent': 'canopy-probe' } });
  const before = await get();
  if (before.assumed) {
    log.info(`would ask ${url} every ${showDuration(setup.everyMs)}`);
    return null;
  }
  if (before.status === 0) {
    log.warn(`no probe: nobody answers at ${url} (${toLine(before.body, 100)})`);
    return null;
  }
  if (before.status >= 500) {
    log.warn(`no probe: ${url} answers ${before.status} before the deploy has begun`);
    return null;
  }
  if (before.status >= 400) log.warn(`${url} answers ${before.status}: the probe takes that as good`);

  return new UrlProbe(get, before.status, setup, ports);
}

class UrlProbe implements LostRequestProbe {
  readonly #get: () => Promise<HttpAnswer>;
  /** What was answered before the deploy began. */
  readonly #usual: number;
  readonly #everyMs: number;
  readonly #ports: ProbePorts;
  #report: ProbeReport;
  #now = { phase: '', doing: '' };
  #begun = 0;
  #loop: Promise<void> | null = null;
  readonly #flying = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(get: () => Promise<HttpAnswer>, usual: number, setup: ProbeSetup, ports: ProbePorts) {
    this.#get = get;
    this.#usual = usual;
    this.#everyMs = setup.everyMs;
    this.#ports = ports;
    this.#report = emptyReport(withoutUserinfo(setup.url), setup.maxLost);
  }

  going(phase: string, doing: string): void {
    this.#now = { phase, doing };
    this.#loop ??= this.#run();
  }

  get lostTooMany(): boolean {
    return lostTooMany(this.#report);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#flying);
  }

  async stop(): Promise<ProbeReport> {
    this.#stopped.abort();
    await this.#loop;
    await this.settle();
    return this.#report;
  }

  async #run(): Promise<void> {
    const { timer, log } = this.#ports;
    const next = async (): Promise<false | void> => {
      if (this.#flying.size >= together) await Promise.race(this.#flying);
      if (this.#stopped.signal.aborted || this.#begun >= most) return false;
      this.#begun += 1;
      const asked = this.#ask();
      this.#flying.add(asked);
      void asked.then(() => this.#flying.delete(asked));
    };
    await every(timer, this.#everyMs, next, this.#stopped.signal);
    if (this.#begun >= most) log.warn(`the probe has asked ${most} times: it has ended before the deploy`);
  }

  async #ask(): Promise<void> {
    const { timer, log } = this.#ports;
    const { phase, doing } = this.#now;
    const at = timer.now();
    const lost = lossOf(await this.#get(), this.#usual);
    const ms = timer.now() - at;
    const whole = doing === this.#now.doing ? doing : `${doing}, then ${this.#now.doing}`;
    const already = lostTooMany(this.#report);
    this.#report = counted(this.#report, { at, ms, phase, doing: whole, lost });
    const verdict = already ? null : tellVerdict(this.#report);
    if (lost !== null && this.#report.lost === 1)
      log.warn(`the probe lost a request during ${whole}: ${lost}`);
    if (verdict !== null) log.warn(verdict);
  }
}
