/** Carries a plan out: decide -> record -> perform, until the decision is an end. */
import { pool } from '../shared/pool.ts';
import { deployKey } from '../store-keys.ts';
import type { Action, Decision, Halt } from './model/actions.ts';
import { decide } from './decide/decide.ts';
import { haltOf } from './decide/halt.ts';
import { noteEnd } from './servers/change.ts';
import { entriesOf, type Journal } from './journal/journal.ts';
import { journalKeeper } from './journal/journal-keeper.ts';
import { canResume, over } from './journal/resumed.ts';
import { perform } from './perform/perform.ts';
import { trackOf } from './model/plan.ts';
import type { DeployPorts } from './context/ports.ts';
import { openProbe, type LostRequestProbe } from './perform/probe.ts';
import { doingOf, phaseOf } from './report/probe-report.ts';
import type { DeployProgress } from './model/progress.ts';
import type { DeployRequest } from './context/request.ts';
import type { Stage } from './perform/stage.ts';
import { stageOf, type Load } from './stage-of.ts';
import { isSilent } from './report/instance-report.ts';
import { summary, type DeployReport } from './report/summary.ts';
import { Uploads } from './perform/uploads.ts';

export async function execute(request: DeployRequest, load: Load, ports: DeployPorts): Promise<DeployReport> {
  const probe = request.probe === null ? null : await openProbe(request.probe, ports);
  const { archive } = request.shipped;
  const uploads = archive === null ? null : new Uploads(archive, ports.archive, ports.log);
  try {
    return await new DeployRun(request, load, ports, { probe, uploads }).run();
  } finally {
    await uploads?.close();
    await probe?.stop();
  }
}

/** Decides, records and performs, again and again, until the decision is an end. */
class DeployRun {
  readonly #request: DeployRequest;
  readonly #load: Load;
  readonly #ports: DeployPorts;
  readonly #probe: LostRequestProbe | null;
  readonly #stage: Stage;
  readonly #stop: AbortSignal;
  readonly #keep: (journal: Journal) => Promise<void>;
  readonly #begunAt: number;
  readonly #resumed: boolean;
  /** How much had been done when it last paused. */
  #pausedAt = -1;

  constructor(
    request: DeployRequest,
    load: Load,
    ports: DeployPorts,
    { probe, uploads }: { readonly probe: LostRequestProbe | null; readonly uploads: Uploads | null },
  ) {
    const { config, environment, lease } = request;
    this.#request = request;
    this.#load = load;
    this.#ports = ports;
    this.#probe = probe;
    this.#stop = AbortSignal.any([request.signal, lease.lost]);
    this.#stage = stageOf(request, load, ports, { stop: this.#stop, uploads });
    const retry = { clock: ports.timer, log: ports.log, lost: lease.lost };
    this.#keep = journalKeeper(deployKey(config.app, environment.name), ports.store, retry);
    this.#begunAt = ports.clock.now();
    this.#resumed = load.progress.records.length > 0;
  }

  async run(): Promise<DeployReport> {
    const { plan, progress } = this.#load;
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
    const { pauseMs } = this.#request.environment.rollout;
    const { records } = this.#load.progress;
    if (pauseMs === 0 || this.#pausedAt === records.length) return false;
    this.#pausedAt = records.length;
    this.#ports.log.info(`pause before the next batch`);
    this.#probe?.going('pause', 'pause');
    await this.#ports.clock.sleep(pauseMs, this.#stop);
    return true;
  }

  async #carry(act: readonly Action[]): Promise<void> {
    this.#probe?.going(phaseOf(act), doingOf(act));
    await this.#save('running', act);
    // Uploads share this machine's cores; what waits for others does not.
    const limit = act[0]?.kind === 'stage' ? this.#request.config.ssh.concurrency : act.length;
    await pool(act, limit, async (action) => {
      const wave = act.filter(({ kind }) => kind === action.kind).map(({ instance }) => instance);
      const performed = await perform(this.#stage, action, wave);
      if (performed !== null) this.#load.progress.note(performed);
    });
  }

  async #end({ end, reasons }: Extract<Decision, { readonly end: unknown }>): Promise<DeployReport> {
    const { plan, fleet, healthy, deploy, progress } = this.#load;
    const { log, clock } = this.#ports;
    const seen = (await this.#probe?.stop()) ?? null;
    const last = await this.#save(end, []);
    const limit = this.#request.config.ssh.concurrency;
    await tellEnd(this.#stage, progress, last, { resumed: this.#resumed, limit });
    for (const reason of end === 'done' ? reasons : []) log.warn(reason);
    return summary({
      ...{ request: this.#request, plan, fleet, healthy, deploy, end, reasons },
      performed: progress.records,
      probe: seen,
      resumable: canResume(last),
      startedAt: this.#begunAt,
      finishedAt: clock.now(),
    });
  }

  async #save(state: Journal['state'], doing: readonly Action[]): Promise<Journal> {
    const { environment, shipped, action, actor, lease } = this.#request;
    const { plan, progress, deploy, startedAt, answered, sha256 = null } = this.#load;
    const { release, commit, version, archive } = shipped;
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
    const { environment, lease, signal } = this.#request;
    return haltOf({
      lostTooMany: this.#probe?.lostTooMany === true,
      isLate: this.#ports.clock.now() - this.#begunAt >= environment.rollout.deadlineMs,
      lockLost: lease.lost.aborted,
      stopped: signal.aborted,
    });
  }
}

/**
 * A store that loses its journal must not bring back what all have gone back from, and not let through what comes after a mixed
 * end. Each server of a deploy that is done knows that by itself, unless it was told of another end before.
 */
async function tellEnd(
  stage: Stage,
  { touched, records }: DeployProgress,
  journal: Journal,
  { resumed, limit }: { readonly resumed: boolean; readonly limit: number },
): Promise<void> {
  const isOver = over(journal) !== null && (resumed || journal.state !== 'done');
  if (!isOver && journal.state !== 'mixed') return;
  await pool(touched, limit, async (name) => {
    const instance = stage.instances.get(name);
    const last = records.findLast((record) => record.instance === name);
    // Who has not answered just now is not waited for again.
    if (instance && last && trackOf(stage.plan, name) && !isSilent(last))
      await noteEnd(stage, instance, last, isOver ? 'over' : 'mixed');
  });
}
