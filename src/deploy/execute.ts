/** Carries a plan out: decide -> record -> perform, until the decision is an end. */
import { pool } from '../shared/pool.ts';
import { deployKey } from '../store-keys.ts';
import type { DeployRun } from './context/deploy-context.ts';
import { decide } from './decide/decide.ts';
import { haltOf } from './decide/halt.ts';
import { entriesOf, type Journal } from './journal/journal.ts';
import { journalKeeper } from './journal/journal-keeper.ts';
import { canResume, over } from './journal/resumed.ts';
import type { Action, Decision, Halt } from './model/actions.ts';
import { trackOf } from './model/plan.ts';
import type { ActionContext } from './perform/action-context.ts';
import { openGuard, type CapacityGuard } from './perform/guard.ts';
import { perform } from './perform/perform.ts';
import { openProbe, type LostRequestProbe } from './perform/probe.ts';
import { Uploads } from './perform/uploads.ts';
import { isSilent } from './report/instance-report.ts';
import { doingOf, phaseOf } from './report/probe-report.ts';
import { summary, type DeployReport } from './report/summary.ts';
import { lineOf, noteEnd } from './servers/change.ts';
import { strategies } from './strategies/strategies.ts';

export async function execute(run: DeployRun): Promise<DeployReport> {
  const probe = run.probe === null ? null : await openProbe(run.probe, run);
  const { archive } = run.shipped;
  const uploads = archive === null ? null : new Uploads(archive, run.archive, run.log);
  const stop = AbortSignal.any([run.signal, run.lease.lost]);
  const byName = new Map(run.instances.map((instance) => [instance.name, instance]));
  const context = { ...run, byName, stop, uploads, guard: guardOf(run, stop), answers: new Map() };
  try {
    return await new Execution(context, probe).run();
  } finally {
    await uploads?.close();
    await probe?.stop();
  }
}

function guardOf(run: DeployRun, stop: AbortSignal): CapacityGuard | null {
  const { balancer, environment, plan } = run;
  const mostOut = strategies[plan.strategy].mostOut(environment.rollout, environment.instances.length);
  return balancer === null || mostOut === 'any' ? null : openGuard({ ...run, balancer, mostOut, stop });
}

/** Decides, records and performs, again and again, until the decision is an end. */
class Execution {
  readonly #run: ActionContext;
  readonly #probe: LostRequestProbe | null;
  readonly #keep: (journal: Journal) => Promise<void>;
  readonly #begunAt: number;
  readonly #resumed: boolean;
  /** How much had been done when it last paused. */
  #pausedAt = -1;

  constructor(run: ActionContext, probe: LostRequestProbe | null) {
    const { config, environment, lease, store, timer, log, clock, progress } = run;
    this.#run = run;
    this.#probe = probe;
    const key = deployKey(config.app, environment.name);
    this.#keep = journalKeeper(key, store, { clock: timer, log, lost: lease.lost });
    this.#begunAt = clock.now();
    this.#resumed = progress.records.length > 0;
  }

  async run(): Promise<DeployReport> {
    const { plan, progress } = this.#run;
    for (;;) {
      const halted = this.#halt();
      const decision = decide(plan, progress, halted);
      if ('end' in decision) return this.#end(decision);
      if (decision.opens && (await this.#pause())) continue;
      if (decision.act[0]?.kind === 'finish') {
        // Old releases go now: what the probe asked before belongs to the verdict.
        await this.#probe?.settle();
        if (this.#halt() !== halted) continue;
      }
      await this.#carry(decision.act);
    }
  }

  /** Whether there was a pause: what came in the meantime decides whether there is a next batch. */
  async #pause(): Promise<boolean> {
    const { environment, progress, log, clock, stop } = this.#run;
    const { pauseMs } = environment.rollout;
    const { records } = progress;
    if (pauseMs === 0 || this.#pausedAt === records.length) return false;
    this.#pausedAt = records.length;
    log.info(`pause before the next batch`);
    this.#probe?.going('pause', 'pause');
    await clock.sleep(pauseMs, stop);
    return true;
  }

  async #carry(act: readonly Action[]): Promise<void> {
    this.#probe?.going(phaseOf(act), doingOf(act));
    await this.#save('running', act);
    // Uploads share this machine's cores; what waits for others does not.
    const limit = act[0]?.kind === 'stage' ? this.#run.config.ssh.concurrency : act.length;
    await pool(act, limit, async (action) => {
      const wave = act.filter(({ kind }) => kind === action.kind).map(({ instance }) => instance);
      const performed = await perform(this.#run, action, wave);
      if (performed !== null) this.#run.progress.note(performed);
    });
  }

  async #end({ end, reasons }: Extract<Decision, { readonly end: unknown }>): Promise<DeployReport> {
    const { plan, fleet, healthy, deploy, progress, log, clock } = this.#run;
    const seen = (await this.#probe?.stop()) ?? null;
    const last = await this.#save(end, []);
    await this.#tellEnd(last);
    for (const reason of end === 'done' ? reasons : []) log.warn(reason);
    return summary({
      ...{ request: this.#run, plan, fleet, healthy, deploy, end, reasons },
      performed: progress.records,
      probe: seen,
      resumable: canResume(last),
      startedAt: this.#begunAt,
      finishedAt: clock.now(),
    });
  }

  async #save(state: Journal['state'], doing: readonly Action[]): Promise<Journal> {
    const { environment, shipped, action, lease } = this.#run;
    const { plan, progress, deploy, startedAt, answered, sha256 } = this.#run;
    const { release, commit, version, archive, actor } = shipped;
    const journal: Journal = {
      ...{ deploy, action, environment: environment.name, release, commit, version },
      sha256: archive?.sha256 ?? sha256,
      ...{ by: actor, startedAt, answered, plan, token: lease.token, state },
      doing: doing.map(({ kind, instance }) => ({ kind, instance })),
      records: entriesOf(progress.records),
    };
    await this.#keep(journal);
    return journal;
  }

  /** The deadline of a deploy that is resumed begins anew: nobody worked on it in between. */
  #halt(): Halt {
    const { environment, lease, signal, clock } = this.#run;
    return haltOf({
      lostTooMany: this.#probe?.lostTooMany === true,
      isLate: clock.now() - this.#begunAt >= environment.rollout.deadlineMs,
      lockLost: lease.lost.aborted,
      stopped: signal.aborted,
    });
  }

  /**
   * A store that loses its journal must not bring back what all have gone back from, and not let through what comes after a mixed
   * end. Each server of a deploy that is done knows that by itself, unless it was told of another end before.
   */
  async #tellEnd(journal: Journal): Promise<void> {
    const { progress, byName, plan, fleet, config, log } = this.#run;
    const isOver = over(journal) !== null && (this.#resumed || journal.state !== 'done');
    if (!isOver && journal.state !== 'mixed') return;
    await pool(progress.touched, config.ssh.concurrency, async (name) => {
      const instance = byName.get(name);
      const last = progress.records.findLast((record) => record.instance === name);
      // Who has not answered just now is not waited for again.
      if (instance && last && trackOf(plan, name) && !isSilent(last))
        await noteEnd(fleet, instance, lineOf(this.#run, last, isOver ? 'over' : 'mixed'), log);
    });
  }
}
