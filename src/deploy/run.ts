/** A deploy: facts, plan, then decide -> record -> perform until the decision is an end. */
import { CanopyError, fail, failAll } from '../errors.ts';
import type { Config, Environment, Instance } from '../config/types.ts';
import { sizeOf } from '../share.ts';
import type { Lease } from '../lock/index.ts';
import type { Balancer, Clock, Http, Log, Random, Ssh, Store } from '../ports.ts';
import { deployKey } from '../store-keys.ts';
import { decide, type Action, type Halt, type Performed } from './decide.ts';
import { survey, type Fleet } from './hosts.ts';
import { readJournal, recordsOf, type Journal } from './journal.ts';
import { keptJournal } from './kept.ts';
import { perform, type Stage } from './perform.ts';
import { makePlan, objections, type Plan, type PlanInput } from './plan.ts';
import { summary, type DeployReport } from './summary.ts';
import type { Shipped } from './shipped.ts';
import { unitObjections, unitRemarks } from './unit.ts';

export interface DeployPorts {
  readonly ssh: () => Promise<Ssh>;
  readonly local: () => Promise<Ssh>;
  readonly http: () => Promise<Http>;
  readonly store: Store;
  readonly clock: Clock;
  /** Real time, also in a dry run. */
  readonly timer: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface DeployRequest {
  readonly config: Config;
  readonly environment: Environment;
  readonly instances: readonly Instance[];
  readonly shipped: Shipped;
  readonly size: PlanInput['size'];
  /** True for a rollback: it is the way out of a mixed environment. */
  readonly unblocks: boolean;
  readonly irreversible: boolean;
  readonly balancer: Balancer | null;
  readonly lease: Lease;
  readonly actor: string;
  readonly signal: AbortSignal;
}

/** Performs the deploy under a lease that the caller holds; throws only when nothing was touched. */
export async function rollOut(request: DeployRequest, ports: DeployPorts): Promise<DeployReport> {
  const { environment, instances, shipped, config, lease } = request;
  const startedAt = ports.clock.now();
  const key = deployKey(config.app, environment.name);
  await refuseBlocked(request, key, ports.store);
  const fleet = await survey(instances, ports, config.ssh.concurrency);
  await lease.raise(Math.max(0, ...Object.values(fleet.facts).map((facts) => facts.token)));
  const input = planInput(request, fleet);
  const plan = makePlan(input);
  const changing = instances.filter(({ name }) => plan.tracks.some(({ instance }) => instance === name));
  const against = [...objections(input), ...unitObjections(changing, fleet.facts, environment.hooks)];
  if (against.length > 0) throw failAll(against);
  for (const [name, remark] of unitRemarks(changing, fleet.facts)) ports.log.warn(remark, name);
  if (plan.tracks.length > 0) await request.balancer?.check();
  await takeBackForgotten(plan, fleet, request.balancer, ports.log);
  if (plan.tracks.length === 0)
    return summary({
      plan,
      fleet,
      performed: [],
      end: 'done',
      reasons: [],
      startedAt,
      finishedAt: ports.clock.now(),
    });

  const deploy = `${new Date(startedAt).toISOString().replace(/[-:]|\..*/g, '')}-${ports.random.hex(3)}`;
  const journal = {
    deploy,
    environment: environment.name,
    release: shipped.release,
    by: request.actor,
    startedAt,
  };
  const stage = stageOf(request, fleet, plan, deploy, ports);
  const performed: Performed[] = [];
  const keep = keptJournal(key, ports.store, { clock: ports.timer, log: ports.log, lost: lease.lost });
  const stop = AbortSignal.any([request.signal, lease.lost]);
  let pausedAt = -1;
  const save = (state: Journal['state'], doing: readonly Action[]): Promise<void> =>
    keep({
      ...journal,
      state,
      doing: doing.map(({ kind, instance }) => ({ kind, instance })),
      records: recordsOf(performed),
    });

  for (;;) {
    const decision = decide(plan, performed, halt(request, startedAt, ports.clock));
    if ('end' in decision) {
      await save(decision.end, []);
      for (const reason of decision.end === 'done' ? decision.reasons : []) ports.log.warn(reason);
      const finishedAt = ports.clock.now();
      return summary({
        plan,
        fleet,
        performed,
        end: decision.end,
        reasons: decision.reasons,
        startedAt,
        finishedAt,
      });
    }
    if (decision.opens && environment.rollout.pauseMs > 0 && pausedAt !== performed.length) {
      pausedAt = performed.length;
      ports.log.info(`pause before the next batch`);
      await ports.clock.sleep(environment.rollout.pauseMs, stop);
      // What came in the meantime decides whether there is a next batch.
      continue;
    }
    await save('running', decision.act);
    performed.push(...(await Promise.all(decision.act.map((action) => one(stage, action, ports)))));
  }
}

async function one(stage: Stage, action: Action, { log, clock }: DeployPorts): Promise<Performed> {
  const problem = await perform(stage, action);
  const at = clock.now();
  if (problem === null) return { ...action, result: 'ok', reason: null, at };
  log.warn(`${action.kind} failed: ${problem.message}`, action.instance);
  return { ...action, result: 'failed', reason: problem.message, problem, at };
}

function planInput(request: DeployRequest, fleet: Fleet): PlanInput {
  const { environment, instances } = request;
  const { hooks, rollout } = environment;
  return {
    environment: environment.name,
    release: request.shipped.release,
    size: request.size,
    instances: instances.map(({ name, keep, path }) => ({ name, keep, path })),
    facts: fleet.facts,
    batch: sizeOf(rollout.batch, instances.length),
    hooks: { prepare: hooks.prepare !== null, once: hooks.once !== null, after: hooks.after !== null },
    balanced: request.balancer !== null,
    onFailure: request.irreversible ? 'freeze' : rollout.onFailure,
  };
}

function stageOf(
  request: DeployRequest,
  fleet: Fleet,
  plan: Plan,
  deploy: string,
  ports: DeployPorts,
): Stage {
  const { rollout, hooks } = request.environment;
  return {
    instances: new Map(request.instances.map((instance) => [instance.name, instance])),
    hosts: fleet.hosts,
    tracks: new Map(plan.tracks.map((track) => [track.instance, track])),
    balancer: request.balancer,
    shipped: request.shipped,
    hooks,
    healthyForMs: rollout.healthyForMs,
    drainMs: rollout.drainMs,
    deploy,
    token: () => request.lease.token,
    http: ports.http,
    clock: ports.clock,
    log: ports.log,
  };
}

function halt(request: DeployRequest, startedAt: number, clock: Clock): Halt {
  if (clock.now() - startedAt >= request.environment.rollout.deadlineMs) return 'deadline';
  if (request.lease.lost.aborted) return 'lease';
  return request.signal.aborted ? 'signal' : null;
}

/**
 * An earlier run that died may have left instances out of the traffic. Those that need no change are taken back; so is an
 * older release that runs, because nobody knows whether this deploy comes as far.
 */
async function takeBackForgotten(
  plan: Plan,
  { facts }: Fleet,
  balancer: Balancer | null,
  log: Log,
): Promise<void> {
  if (balancer === null) return;
  const out = await balancer.drained();
  const proven = (name: string): boolean => {
    const own = facts[name];
    return (
      own?.running === true &&
      own.releases.some(({ id, healthyAt }) => id === own.current && healthyAt !== null)
    );
  };
  const told = (name: string): void =>
    log.info('was left out of the traffic by an earlier run: taken back', name);
  for (const name of plan.unchanged.filter((item) => out.includes(item))) {
    told(name);
    await balancer.ready(name, 30_000);
  }
  const older = plan.tracks.map(({ instance }) => instance);
  for (const name of older.filter((item) => out.includes(item) && proven(item))) {
    told(name);
    try {
      await balancer.ready(name, 5000);
    } catch (error) {
      // It is about to be replaced: that is what may mend it.
      if (!(error instanceof CanopyError)) throw error;
      log.warn(error.message, name);
    }
  }
}

async function refuseBlocked(request: DeployRequest, key: string, store: Store): Promise<void> {
  const text = await store.get(key);
  if (text === null || request.unblocks) return;
  const last = readJournal(text, key);
  if (last.state === 'mixed')
    throw fail('deploy-blocked', { environment: last.environment, deploy: last.deploy });
}
