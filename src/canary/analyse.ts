/** Judges the canary while it serves: goes through its steps, or looks at the present one for a while. */
import { fail } from '../errors.ts';
import { openGates, verdictOf as verdictOfGates, type Gates } from '../gates/index.ts';
import { retryWhileAway, underLeases } from '../deploy/index.ts';
import type { Lease } from '../lock/index.ts';
import {
  newAnalysis,
  optionsOf,
  outcomeOf,
  peek,
  verdictOf,
  type Analysis,
  type Judgement,
} from '../judge/index.ts';
import type { Store } from '../ports/ports.ts';
import { COUNTED_MS, read, shareOf, type TrafficState } from '../traffic/index.ts';
import { showDuration } from '../shared/text/units.ts';
import type { Outcome } from '../shared/verdict.ts';
import { present, rolloutOf } from './rollout/begin.ts';
import { openCounting, type Counting } from './rollout/counting.ts';
import { decideRamp, type RampDecision, type CanaryStep } from './rollout/ramp.ts';
import { writeRollout, type CanaryRollout } from './rollout/rollout.ts';
import { apply, off } from './rollout/run.ts';
import { sides } from './rollout/sides.ts';
import type { CanarySetting } from './rollout/setting.ts';
import { endOf, goneOf, lateOf, sentenceOf, shortOf } from './analysis-messages.ts';
import { messageOf } from '../shared/text/thrown.ts';

export interface AnalyseReport {
  readonly outcome: Outcome | 'aborted';
  /** Why it is over, in one line. */
  readonly reason: string;
  /** Empty when it is not known. */
  readonly release: string;
  /** Percent, as it stands now. */
  readonly weight: number;
  readonly step: number;
  readonly steps: readonly CanaryStep[];
  /** Null: the balancer counts nothing. */
  readonly judgement: Judgement | null;
}

/**
 * `forMs`: looks at the present weight for so long; null: goes through canary.steps from where the canary stands. `release`: the
 * one that is to be judged; throws `superseded` when the canary runs another.
 */
export async function analyse(
  setting: CanarySetting,
  forMs: number | null,
  release: string | null = null,
): Promise<AnalyseReport> {
  const { canary } = sides(setting);
  const { config, open } = setting;
  const store = await open.store();
  const state = await present(setting, store, release);
  const steps = forMs === null ? config.canary.steps : [{ weight: state.weight, forMs }];
  if (steps.length === 0) throw fail('analysis-steps', {});
  return underLeases(setting, [canary], 'canary analyse', async (lease) => {
    const rollout = await rolloutOf(setting, await present(setting, store, release), steps, store);
    const watch = new AnalysisRun(setting, steps, store, lease, rollout);
    try {
      return await watch.run(rollout);
    } finally {
      await watch.close();
    }
  });
}

/** After so long every router has told what it counted until now. */
const ARRIVED_MS = COUNTED_MS * 1.5;

class AnalysisRun {
  readonly #setting: CanarySetting;
  readonly #steps: readonly CanaryStep[];
  readonly #store: Store;
  readonly #lease: Lease;
  readonly #counting: Counting | null;
  readonly #gates: Gates;
  #turns: number | null = null;
  #told = '';

  constructor(
    setting: CanarySetting,
    steps: readonly CanaryStep[],
    store: Store,
    lease: Lease,
    { gates }: CanaryRollout,
  ) {
    this.#setting = setting;
    this.#steps = steps;
    this.#store = store;
    this.#lease = lease;
    this.#counting = openCounting(setting, store);
    const { config, open, log, signal } = setting;
    const { http, exec, masked } = open;
    this.#gates = openGates(
      config.canary.gates,
      { http, exec, log, masked, folder: config.folder, signal },
      gates,
    );
    if (this.#counting === null)
      setting.log.warn('the balancer counts nothing: only gates and time can speak');
    else if (!this.#counting.times)
      setting.log.warn('HAProxy tells no times that can be compared: errors alone are judged');
  }

  async run(begun: CanaryRollout): Promise<AnalyseReport> {
    const { config, open, log, signal } = this.#setting;
    const { everyMs, onInconclusive, maxWaitMs } = config.canary.analysis;
    let rollout = begun;
    let entering = true;
    await this.#letArrive(begun);
    for (;;) {
      if (entering) await this.#enter(rollout.step);
      entering = false;
      const state = await this.#patiently(() => read(config.app, this.#store));
      const gone = goneOf(state, rollout.salt);
      const analysis = gone === null ? await this.#look(rollout, state) : rollout.analysis;
      const now = open.clock.now();
      this.#ask(rollout, now);
      const standings = this.#gates.standings();
      rollout = { ...rollout, analysis, gates: standings };
      await this.#save(rollout);
      const judged = analysis === null ? 'inconclusive' : outcomeOf(analysis);
      const { step, stepAt } = rollout;
      const gates = verdictOfGates(standings).outcome;
      const facts = { now, steps: this.#steps, step, stepAt, gone, judged, gates };
      const decision = decideRamp(facts, { onInconclusive, maxWaitMs });
      this.#tell(rollout, decision, now);
      if (decision.kind === 'end')
        return this.#end(rollout, decision.outcome, endOf(decision.why, gone, rollout, standings));
      if (decision.kind === 'next') {
        log.info(`step ${step + 1} of ${this.#steps.length}: ${sentenceOf(rollout)}`);
        rollout = { ...rollout, step: decision.step, stepAt: now };
        // Before the weight: whoever goes on after a crash does not lower it again.
        await this.#save(rollout);
        entering = true;
        continue;
      }
      await open.clock.sleep(everyMs, AbortSignal.any([signal, this.#lease.lost]));
      if (signal.aborted)
        return this.#report(rollout, 'aborted', 'told to stop; canopy canary analyse goes on from here');
      if (this.#lease.lost.aborted) throw this.#lost();
    }
  }

  /** What the release before it did has to be counted before the first look: it is none of this one's. */
  async #letArrive({ startedAt, analysis }: CanaryRollout): Promise<void> {
    const { clock } = this.#setting.open;
    const counted = startedAt + ARRIVED_MS - clock.now();
    if (analysis === null && counted > 0) await clock.sleep(counted, this.#setting.signal);
  }

  #lost(): Error {
    const reason = 'the analysis goes on from here when it is begun again';
    return fail('lock-lost', { environment: sides(this.#setting).canary, reason });
  }

  /** Their answers come when they come: the next look finds them. */
  #ask({ release, startedAt, step }: CanaryRollout, now: number): void {
    const { weight } = this.#steps[step] as CanaryStep;
    const { app } = this.#setting.config;
    const environment = sides(this.#setting).canary;
    const context = { app, release, environment, weight, step: step + 1, startedAt };
    void this.#gates.ask(context, now).catch((error: unknown) => this.#setting.log.warn(messageOf(error)));
  }

  close(): Promise<void> {
    return this.#gates.close();
  }

  async #save(rollout: CanaryRollout): Promise<void> {
    await this.#patiently(() => writeRollout(this.#setting.config.app, rollout, this.#store));
  }

  /** Gives the step its weight, and lets what was counted with the old one arrive. */
  async #enter(step: number): Promise<void> {
    const { config, open } = this.#setting;
    const { weight } = this.#steps[step] as CanaryStep;
    const state = await this.#patiently(() => read(config.app, this.#store));
    if (state === null || state.weight === weight || goneOf(state, state.salt) !== null) return;
    await this.#patiently(() =>
      apply(this.#setting, `canary weight ${weight}% (step ${step + 1} of ${this.#steps.length})`, [
        { kind: 'weight', weight },
      ]),
    );
    await open.clock.sleep(ARRIVED_MS, this.#setting.signal);
  }

  async #look(rollout: CanaryRollout, state: TrafficState | null): Promise<Analysis | null> {
    if (this.#counting === null || state === null) return rollout.analysis;
    const { open } = this.#setting;
    const seen = await this.#patiently(() => this.#counting?.look() ?? Promise.resolve(null));
    if (seen === null) return rollout.analysis;
    const analysis = rollout.analysis ?? newAnalysis(this.#options(), rollout.startedAt, rollout.before);
    const turned = this.#turns !== null && seen.turns !== this.#turns;
    this.#turns = seen.turns;
    return peek(analysis, {
      at: open.clock.now(),
      stable: seen.stable,
      canary: seen.canary,
      split: shareOf(state),
      stage: rollout.step,
      sources: seen.sources,
      drop: turned ? 'an instance of stable came or went' : null,
    });
  }

  #options() {
    const options = optionsOf(this.#setting.config.canary.analysis);
    return this.#counting?.times === false ? { ...options, maxLatencyIncrease: null } : options;
  }

  /** A verdict against it takes the canary out of the traffic, and stands, whoever has not heard of it. */
  async #end(rollout: CanaryRollout, outcome: Outcome, reason: string): Promise<AnalyseReport> {
    let late = '';
    if (outcome === 'fail') {
      const state = await this.#patiently(() => read(this.#setting.config.app, this.#store));
      const out = () => apply(this.#setting, `canary out: ${reason}`, off);
      if (goneOf(state, rollout.salt) === null) late = await this.#patiently(out).then(() => '', lateOf);
    }
    await this.#save({ ...rollout, outcome });
    return this.#report(rollout, outcome, reason + late);
  }

  async #report(rollout: CanaryRollout, outcome: AnalyseReport['outcome'], reason: string) {
    const state = await this.#patiently(() => read(this.#setting.config.app, this.#store));
    const { release, step, analysis } = rollout;
    const judgement = analysis === null ? null : verdictOf(analysis);
    return { outcome, reason, release, weight: state?.weight ?? 0, step, steps: this.#steps, judgement };
  }

  #tell(rollout: CanaryRollout, decision: RampDecision, now: number): void {
    const { log } = this.#setting;
    const own = this.#steps[rollout.step] as CanaryStep;
    const time = `${showDuration(now - rollout.stepAt)} of ${showDuration(own.forMs)}`;
    const waiting = decision.kind === 'look' && decision.waiting ? ', waits for a verdict' : '';
    log.progress('canary', `${own.weight} %, ${time}${waiting}: ${shortOf(rollout.analysis)}`);
    const drops = rollout.analysis?.drops;
    const told = drops?.last ? `${drops.count} ${drops.last}` : '';
    if (told !== this.#told && drops?.last) log.info(`what was just counted is left out: ${drops.last}`);
    this.#told = told;
  }

  /** A store that is away is waited for, as long as the lock is ours. */
  #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { open, log } = this.#setting;
    return retryWhileAway(work, { clock: open.timer, log, lost: this.#lease.lost });
  }
}
