/** A client of its own that asks through the balancer while a deploy runs: what it loses, others have lost too. */
import type { Clock, Http, HttpAnswer, Log } from '../../ports/ports.ts';
import { toLine } from '../../shared/text/line.ts';
import { showDuration } from '../../shared/text/units.ts';
import {
  counted,
  emptyReport,
  lossOf,
  lostTooMany,
  tellVerdict,
  type ProbeReport,
} from '../report/probe-report.ts';

export interface ProbeSetup {
  readonly url: string;
  /** From one request to the next. */
  readonly everyMs: number;
  /** So many lost requests are allowed; null: any number. */
  readonly maxLost: number | null;
}

interface ProbePorts {
  readonly http: () => Promise<Http>;
  /** Real time. */
  readonly timer: Clock;
  readonly log: Log;
}

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
  const { timer, log } = ports;
  const url = setup.url.replace(/\/\/[^/@]*@/, '//');
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

  let report = emptyReport(url, setup.maxLost);
  let now = { phase: '', doing: '' };
  let begun = 0;
  let loop: Promise<void> | null = null;
  const flying = new Set<Promise<void>>();
  const stopped = new AbortController();
  const settle = async (): Promise<void> => void (await Promise.all(flying));

  return {
    going(phase, doing) {
      now = { phase, doing };
      loop ??= run();
    },
    get lostTooMany() {
      return lostTooMany(report);
    },
    settle,
    async stop() {
      stopped.abort();
      await loop;
      await settle();
      return report;
    },
  };

  async function run(): Promise<void> {
    for (; !stopped.signal.aborted && begun < most; begun += 1) {
      const asked = ask();
      flying.add(asked);
      void asked.then(() => flying.delete(asked));
      await timer.sleep(setup.everyMs, stopped.signal);
      if (flying.size >= together) await Promise.race(flying);
    }
    if (begun >= most) log.warn(`the probe has asked ${most} times: it has ended before the deploy`);
  }

  async function ask(): Promise<void> {
    const { phase, doing } = now;
    const at = timer.now();
    const lost = lossOf(await get(), before.status);
    const ms = timer.now() - at;
    const whole = doing === now.doing ? doing : `${doing}, then ${now.doing}`;
    const already = lostTooMany(report);
    report = counted(report, { at, ms, phase, doing: whole, lost });
    const verdict = already ? null : tellVerdict(report);
    if (lost !== null && report.lost === 1) log.warn(`the probe lost a request during ${whole}: ${lost}`);
    if (verdict !== null) log.warn(verdict);
  }
}
