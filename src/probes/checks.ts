/** Asks all targets again and again, each at its own pace. */
import { setFlagsFromString } from 'node:v8';
import type { WatchSubject } from '../config/types.ts';
import { pool } from '../shared/pool.ts';
import { stackOf } from '../shared/text/thrown.ts';
import type { Clock, Log } from '../ports/ports.ts';
import type { ProbeResult, Probe } from './kinds/check.ts';
import { Lateness } from './lateness.ts';
import { checked, neverChecked, nextIn, type TargetState } from './state.ts';
import { Wheel, type WheelItem } from './wheel.ts';

/** At a start the targets are asked one after the other, so far apart at most. */
const SPREAD_MS = 10;
/**
 * So many of a kind are asked at a time: what hangs must not take all processes. Of what has a socket of its own anyway there may be so
 * many that half of ten thousand can hang until their time is over, and the others are not late for that.
 */
const AT_A_TIME = { command: 8, ssh: 16, other: 5000 } as const;
/** So many targets at a time in one pass. */
const PASS = 100;

export interface CheckTimes {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly confirmMs: number;
  readonly down: number;
  readonly up: number;
}

export interface CheckedTarget {
  readonly subject: WatchSubject;
  readonly state: TargetState;
  /** Null: not asked yet. */
  readonly last: ProbeResult | null;
}

interface ChecksSetup {
  /** Those without a probe are left out. */
  readonly subjects: readonly WatchSubject[];
  readonly times: CheckTimes;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly openProbe: (subject: WatchSubject, onBroken: () => void) => Probe;
  /** After each check. */
  readonly onChecked: (target: CheckedTarget, before: TargetState, at: number) => void;
  /** What was known before a restart, by the name. */
  readonly known?: ReadonlyMap<string, TargetState>;
}

class ProbedTarget implements CheckedTarget, WheelItem {
  readonly subject: WatchSubject;
  readonly probe: Probe;
  readonly lane: keyof typeof AT_A_TIME;
  readonly everyMs: number;
  readonly timeoutMs: number;
  state: TargetState;
  last: ProbeResult | null = null;
  dueAt: number | null = null;
  /** When it is its turn, by `performance.now()`; and when it was due last, which may be sooner. */
  turnAt = 0;
  wantedAt = 0;
  /** It is being asked, or waits for its lane. */
  isBusy = false;

  constructor(
    subject: WatchSubject,
    { times, known, openProbe }: ChecksSetup,
    onBroken: (target: ProbedTarget) => void,
  ) {
    const kind = subject.probe?.kind;
    this.subject = subject;
    this.state = known?.get(subject.name) ?? neverChecked;
    this.lane = kind === 'command' || kind === 'ssh' ? kind : 'other';
    this.everyMs = subject.everyMs ?? times.everyMs;
    this.timeoutMs = subject.timeoutMs ?? times.timeoutMs;
    this.probe = openProbe(subject, () => onBroken(this));
  }
}

export class TargetChecks {
  readonly #setup: ChecksSetup;
  readonly #targets: readonly ProbedTarget[];
  readonly #wheel = new Wheel<ProbedTarget>((target, lateMs) => this.#due(target, lateMs));
  readonly #asked = { command: 0, ssh: 0, other: 0 };
  readonly #waiting: Record<keyof typeof AT_A_TIME, ProbedTarget[]> = { command: [], ssh: [], other: [] };
  /** Of all checks so far, or since somebody put another one here. */
  lateness = new Lateness();
  #isRunning = false;

  constructor(setup: ChecksSetup) {
    // Before they are made: with room to grow to for its youngest objects Node takes 20 MB more for 10,000 targets, and no less time.
    setFlagsFromString('--semi-space-growth-factor=1');
    this.#setup = setup;
    this.#targets = setup.subjects
      .filter(({ probe }) => probe !== null)
      .map((subject) => new ProbedTarget(subject, setup, (target) => this.#early(target)));
  }

  get targets(): readonly CheckedTarget[] {
    return this.#targets;
  }

  /** Their turns are spread evenly over the time between two checks. */
  start(): void {
    this.#isRunning = true;
    const now = performance.now();
    this.#targets.forEach((target, index) => {
      const apartMs = Math.min(SPREAD_MS, target.everyMs / this.#targets.length);
      target.turnAt = now + index * apartMs;
      this.#wheel.set(target, target.turnAt);
    });
    this.#wheel.start();
  }

  /** Nobody is asked any more, and nothing stays open. */
  stop(): void {
    this.#isRunning = false;
    this.#wheel.stop();
    for (const { probe } of this.#targets) probe.close();
  }

  /** Each is asked until it is known, `down` times at most: one that is down is found so in one pass. */
  async once(): Promise<void> {
    const { clock, times } = this.#setup;
    await pool(this.#targets, PASS, async (target) => {
      for (let tries = 1; tries <= times.down; tries += 1) {
        await this.#ask(target);
        const waitMs = nextIn(target.state, Math.max(1, times.confirmMs));
        if (waitMs === null) return;
        if (tries < times.down) await clock.sleep(waitMs);
      }
    });
  }

  /** A kept connection has broken: that is no bad check, but one is due now. */
  #early(target: ProbedTarget): void {
    if (!this.#isRunning || target.isBusy || this.#setup.times.confirmMs === 0) return;
    this.#wheel.set(target, performance.now());
  }

  #due(target: ProbedTarget, lateMs: number): void {
    if (target.isBusy) return;
    target.isBusy = true;
    target.wantedAt = performance.now() - lateMs;
    if (this.#asked[target.lane] < AT_A_TIME[target.lane]) void this.#turn(target);
    else this.#waiting[target.lane].push(target);
  }

  async #turn(target: ProbedTarget): Promise<void> {
    const { lane } = target;
    this.#asked[lane] += 1;
    this.lateness.add(performance.now() - target.wantedAt);
    // Whatever goes wrong with one check, the next one is made.
    await this.#ask(target).catch((error: unknown) => this.#defect(target, error));
    this.#asked[lane] -= 1;
    target.isBusy = false;
    if (!this.#isRunning) return;
    const next = this.#waiting[lane].shift();
    if (next !== undefined) void this.#turn(next);
    const now = performance.now();
    const soonMs = nextIn(target.state, this.#setup.times.confirmMs);
    // A check that took longer than its pace leaves a turn out.
    while (target.turnAt <= now) target.turnAt += target.everyMs;
    this.#wheel.set(target, soonMs === null ? target.turnAt : Math.min(now + soonMs, target.turnAt));
  }

  async #ask(target: ProbedTarget): Promise<void> {
    const { clock, times, onChecked } = this.#setup;
    const result = await target.probe.check(target.timeoutMs).catch((error: unknown): ProbeResult => {
      this.#defect(target, error);
      return { ok: null, latencyMs: null, why: 'the check itself has failed' };
    });
    const before = target.state;
    const now = clock.now();
    target.state = checked(before, result.ok, now, times);
    target.last = result;
    onChecked(target, before, now);
  }

  #defect({ subject }: ProbedTarget, error: unknown): void {
    this.#setup.log.warn(`the check of ${subject.name} failed: a defect of Canopy: ${stackOf(error)}`);
  }
}
