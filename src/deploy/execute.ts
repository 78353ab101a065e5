/** Carries a plan out: decide -> record -> perform, until the decision is an end. */
import type { Environment } from '../config/types.ts';
import { pool } from '../shared/pool.ts';
import type { Clock } from '../ports/ports.ts';
import { deployKey } from '../store-keys.ts';
import { showAction, type Action, type Halt, type Performed, type ProofFinding } from './model/actions.ts';
import { decide } from './decide/decide.ts';
import { openGuard } from './perform/guard.ts';
import { noteEnd } from './servers/change.ts';
import type { ConnectedFleet } from './servers/gather-facts.ts';
import { entriesOf, type Journal } from './journal/journal.ts';
import { journalKeeper } from './journal/journal-keeper.ts';
import { canResume, over } from './journal/resumed.ts';
import { perform } from './perform/perform.ts';
import { trackOf, type Plan } from './plan/plan.ts';
import type { DeployPorts } from './context/ports.ts';
import { openProbe, type LostRequestProbe } from './perform/probe.ts';
import { doingOf, phaseOf } from './report/probe-report.ts';
import type { DeployProgress } from './decide/progress.ts';
import { isWhole, type DeployRequest } from './context/request.ts';
import type { Stage } from './perform/stage.ts';
import { isSilent } from './report/instance-report.ts';
import { summary, type DeployReport } from './report/summary.ts';
import { Uploads } from './perform/uploads.ts';

interface Load {
  readonly plan: Plan;
  readonly progress: DeployProgress;
  readonly fleet: ConnectedFleet;
  /** What instances said of their health before anything was touched. */
  readonly answered: Readonly<Record<string, string>>;
  /** Instances that are left alone and were found healthy, and what proves it. */
  readonly healthy: ReadonlyMap<string, ProofFinding>;
  /** The deploy's id: a new one, or that of the one which is resumed. */
  readonly deploy: string;
  readonly startedAt: number;
  /** Of the artifact, where it is known though nothing is sent any more. */
  readonly sha256?: string | null;
}

export async function execute(request: DeployRequest, load: Load, ports: DeployPorts): Promise<DeployReport> {
  const probe = request.probe === null ? null : await openProbe(request.probe, ports);
  const { archive } = request.shipped;
  const uploads = archive === null ? null : new Uploads(archive, ports.archive, ports.log);
  try {
    return await carry(request, load, ports, probe, uploads);
  } finally {
    await uploads?.close();
    await probe?.stop();
  }
}

async function carry(
  request: DeployRequest,
  load: Load,
  ports: DeployPorts,
  probe: LostRequestProbe | null,
  uploads: Uploads | null,
): Promise<DeployReport> {
  const { plan, progress, fleet, deploy } = load;
  const { environment, shipped, config, lease } = request;
  const key = deployKey(config.app, environment.name);
  const journal = {
    deploy,
    action: request.action,
    environment: environment.name,
    release: shipped.release,
    commit: shipped.commit,
    version: shipped.version,
    sha256: shipped.archive?.sha256 ?? load.sha256 ?? null,
    by: request.actor,
    startedAt: load.startedAt,
    answered: load.answered,
    plan,
  };
  const keep = journalKeeper(key, ports.store, { clock: ports.timer, log: ports.log, lost: lease.lost });
  const stop = AbortSignal.any([request.signal, lease.lost]);
  const stage = stageOf(request, load, ports, { stop, uploads });
  const begunAt = ports.clock.now();
  const resumed = progress.records.length > 0;
  let pausedAt = -1;
  const save = async (state: Journal['state'], doing: readonly Action[]): Promise<Journal> => {
    const kept: Journal = {
      ...journal,
      token: lease.token,
      state,
      doing: doing.map(({ kind, instance }) => ({ kind, instance })),
      records: entriesOf(progress.records),
    };
    await keep(kept);
    return kept;
  };

  for (;;) {
    const halted = halt(request, begunAt, ports.clock, probe);
    const decision = decide(plan, progress, halted);
    if ('end' in decision) {
      const seen = (await probe?.stop()) ?? null;
      const last = await save(decision.end, []);
      await tellEnd(stage, progress, last, { resumed, limit: config.ssh.concurrency });
      for (const reason of decision.end === 'done' ? decision.reasons : []) ports.log.warn(reason);
      return summary({
        request,
        plan,
        fleet,
        healthy: load.healthy,
        deploy,
        performed: progress.records,
        end: decision.end,
        reasons: decision.reasons,
        probe: seen,
        resumable: canResume(last),
        startedAt: begunAt,
        finishedAt: ports.clock.now(),
      });
    }
    if (decision.opens && environment.rollout.pauseMs > 0 && pausedAt !== progress.records.length) {
      pausedAt = progress.records.length;
      ports.log.info(`pause before the next batch`);
      probe?.going('pause', 'pause');
      await ports.clock.sleep(environment.rollout.pauseMs, stop);
      // What came in the meantime decides whether there is a next batch.
      continue;
    }
    if (decision.act[0]?.kind === 'finish') {
      // Old releases go now: what the probe asked before belongs to the verdict.
      await probe?.settle();
      if (halt(request, begunAt, ports.clock, probe) !== halted) continue;
    }
    probe?.going(phaseOf(decision.act), doingOf(decision.act));
    await save('running', decision.act);
    // Uploads share this machine's cores; what waits for others does not.
    const limit = decision.act[0]?.kind === 'stage' ? config.ssh.concurrency : decision.act.length;
    await pool(decision.act, limit, async (action) => {
      const performed = await one(stage, action, decision.act, ports);
      if (performed !== null) progress.note(performed);
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

/** Null when it was told to stop before it was begun. */
async function one(
  stage: Stage,
  action: Action,
  act: readonly Action[],
  { log, clock, masked }: DeployPorts,
): Promise<Performed | null> {
  const wave = act.filter(({ kind }) => kind === action.kind).map(({ instance }) => instance);
  const { problem, skipped, ...found } = await perform(stage, action, wave);
  if (skipped) return null;
  const ended = { ...action, at: clock.now(), ...found };
  if (problem === null) return { ...ended, result: 'ok', reason: null };
  log.warn(`${action.kind} failed: ${problem.message}`, action.instance);
  // It goes into the store, and to the failure hook: it may repeat what a server printed.
  return { ...ended, result: 'failed', reason: masked(problem.message), problem };
}

function stageOf(
  request: DeployRequest,
  { fleet, plan, deploy, progress, answered }: Load,
  ports: DeployPorts,
  { stop, uploads }: { readonly stop: AbortSignal; readonly uploads: Uploads | null },
): Stage {
  const { environment, config, balancer } = request;
  const { rollout, hooks } = environment;
  const { strategy } = plan;
  return {
    instances: new Map(request.instances.map((instance) => [instance.name, instance])),
    hosts: fleet.hosts,
    plan,
    balancer,
    // Who takes all down at once means it.
    guard:
      balancer === null || strategy === 'all-at-once'
        ? null
        : openGuard({ config, environment, strategy, balancer, clock: ports.clock, log: ports.log, stop }),
    shipped: request.shipped,
    uploads,
    endUpload: () => (progress.touched.length === 0 ? stop : null),
    facts: fleet.facts,
    hooks,
    immutable: config.artifact.immutable,
    action: request.action,
    reasonOf: (name) => progress.forward.filter(({ instance }) => instance === name).map(showAction)[0] ?? '',
    exec: ports.exec,
    folder: request.config.folder,
    whole: isWhole(request),
    healthyForMs: rollout.healthyForMs,
    drainMs: rollout.drainMs,
    keepWarmMs: rollout.keepWarmMs,
    answered,
    isUnwell: (name) => progress.records.some(({ instance, unwell }) => unwell && instance === name),
    masked: ports.masked,
    answers: new Map(),
    deploy,
    token: () => request.lease.token,
    frame: ({ instance }) => ({
      environment: environment.name,
      order: request.action,
      whole: coversAll(environment, plan),
      brings: plan.release,
      previous: trackOf(plan, instance)?.previous ?? null,
      stopped: trackOf(plan, instance)?.stopped === true,
      back: trackOf(plan, instance)?.back === true,
      failed: progress.isBad(instance),
    }),
    http: ports.http,
    clock: ports.clock,
    log: ports.log,
  };
}

/** Whether the plan is about every instance of its environment. */
const coversAll = ({ instances }: Environment, { tracks, retire, unchanged }: Plan): boolean =>
  tracks.length + retire.length + unchanged.length === instances.length;

/** The deadline of a deploy that is resumed begins anew: nobody worked on it in between. */
function halt(request: DeployRequest, begunAt: number, clock: Clock, probe: LostRequestProbe | null): Halt {
  if (probe?.lostTooMany) return 'lost';
  if (clock.now() - begunAt >= request.environment.rollout.deadlineMs) return 'deadline';
  if (request.lease.lost.aborted) return 'lease';
  return request.signal.aborted ? 'signal' : null;
}
