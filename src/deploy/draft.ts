/** What a deploy would do: facts, plan, and what stands against it. Changes nothing but which run the servers listen to. */
import { placeRemarks } from '../config/rules/places.ts';
import { failAll } from '../errors.ts';
import type { Log } from '../ports/ports.ts';
import { userOf } from '../shared/system/user-of.ts';
import { deployKey } from '../store-keys.ts';
import {
  isWhole,
  type ConnectedFleet,
  type DeployContext,
  type Draft,
  type PlanContext,
} from './context/deploy-context.ts';
import type { ReleaseInfo } from './context/deploy-artifact.ts';
import { askBefore } from './gate/before.ts';
import { lookAtAll } from './gate/look.ts';
import { unfinishedAt, wouldGoBackTo, wouldRetire, type StoredJournal } from './journal/unfinished.ts';
import { runsProven } from './model/facts.ts';
import { ownerRemarks } from './model/owner.ts';
import { trackOf, type Plan, type PlanInput } from './model/plan.ts';
import { engineObjections } from './model/service/engine.ts';
import { unitObjections, unitRemarks } from './model/unit.ts';
import { outOf } from './perform/guard.ts';
import { foreignRemarks, layoutObjections } from './plan/foreign-files.ts';
import { groupsOf } from './plan/groups.ts';
import { planRulesOf } from './plan/plan-rules.ts';
import { makePlan, objections } from './plan/plan.ts';
import { serviceObjections, serviceRemarks } from './plan/service-change.ts';
import { refuseBlocked, refuseLeftMixed } from './refuse-blocked.ts';
import { notProven } from './report/not-proven.ts';
import { fenceServers } from './servers/fence-servers.ts';
import { gatherFacts } from './servers/gather-facts.ts';
import { highestToken } from './servers/highest-token.ts';
import { askElsewhere } from './servers/once-elsewhere.ts';

/**
 * The draft, under a token that is newer than any of its servers has seen. What a run before has left there comes to its end
 * first, or is refused from now on: a command of one that died, or the stop of a group that is warm and needed again.
 * `agree` throws when this is not the plan that was agreed on.
 */
export async function draftUnderLease(
  context: DeployContext,
  unended: StoredJournal | null,
  agree: (draft: Draft) => void,
): Promise<Draft> {
  const { lease, instances, config, log } = context;
  let drafted = await draft(context);
  const takesOver = unended !== null || drafted.plan.tracks.some(({ warm }) => warm);
  if (takesOver) {
    await fenceServers(instances, drafted.fleet, lease, config.ssh.concurrency);
    drafted = await draft(context);
  }
  tellDraft(drafted, log);
  agree(drafted);
  if (!takesOver) await lease.raise(highestToken(instances, drafted.fleet.facts));
  return drafted;
}

/** Throws everything that stands against it at once. */
export async function draft(context: PlanContext): Promise<Draft> {
  const { environment, instances, balancer, config } = context;
  const { concurrency: limit } = config.ssh;
  await refuseBlocked(context);
  // The archive is looked into while the servers tell their facts.
  const [fleet] = await Promise.all([gatherFacts(instances, context, limit, true), context.sound]);
  await refuseLeftMixed(context, fleet.facts);
  const known = await planInput(context, fleet);
  const asked = leftAlone(makePlan(known), fleet, known.groups?.[0] ?? null);
  const { healthy, sick } = await lookAtAll(
    instances.filter(({ name }) => asked.includes(name)),
    known.release,
    fleet,
    { ...context, limit, isEarlier: context.shipped.archive === null },
  );
  const input = { ...known, sick: [...sick.keys()] };
  const plan = makePlan(input);
  const changing = instances.filter(({ name }) => trackOf(plan, name) !== undefined);
  const before = await askBefore({ instances: changing, plan, fleet, http: context.http, limit });
  const against = [
    ...engineObjections(changing, fleet.facts, input),
    ...layoutObjections(changing, fleet.facts, input),
    ...objections(input, plan),
    ...unitObjections(changing, fleet.facts, environment.hooks),
    ...serviceObjections(changing, fleet.facts, plan),
    ...before.against,
  ];
  if (against.length > 0) throw failAll(against);
  if (plan.tracks.length > 0) await balancer?.check();
  const { answered } = before;
  const owner = { app: config.app, environment: environment.name };
  const remarks: Draft['remarks'] = [
    ...placeRemarks(config, environment.name).map((remark) => [undefined, remark] as const),
    ...ownerRemarks(changing, fleet.facts, owner),
    ...unitRemarks(changing, fleet.facts),
    ...serviceRemarks(changing, fleet.facts, plan),
  ];
  return { fleet, plan, answered, sick, healthy, remarks };
}

/** What is worth a word before it begins. */
export function tellDraft({ plan, healthy, sick, fleet, remarks }: Draft, log: Log): void {
  for (const [name, remark] of remarks) log.warn(remark, name);
  for (const remark of foreignRemarks(plan, fleet.facts)) log.warn(remark);
  for (const [name, reason] of sick)
    log.warn(`runs ${plan.release} and is not healthy: ${reason}; it is deployed to again`, name);
  for (const [name, { unproven }] of healthy)
    if (unproven !== undefined) log.warn(notProven(plan.release, unproven), name);
}

/** Those that run the release already, so that nothing would be done to them; of two groups the one that serves. */
const leftAlone = (
  { unchanged, release }: Plan,
  { facts }: ConnectedFleet,
  live: readonly string[] | null,
): readonly string[] =>
  unchanged.filter((name) => runsProven(facts[name], release) && (live === null || live.includes(name)));

async function planInput(context: PlanContext, fleet: ConnectedFleet): Promise<PlanInput> {
  const { action, config, environment, instances, balancer, shipped, store } = context;
  const { release } = shipped;
  const { rollout } = environment;
  const out = balancer === null ? [] : await outOf(balancer, environment);
  const unended = await unfinishedAt(deployKey(config.app, environment.name), store);
  return {
    ...planRulesOf(environment, config, action),
    release,
    size: sizeOf(shipped),
    instances: instances.map((own) => ({
      name: own.name,
      keep: own.keep,
      path: own.path,
      user: userOf(own),
    })),
    facts: { ...(await askElsewhere(context, fleet.facts)), ...fleet.facts },
    balanced: balancer !== null,
    groups:
      rollout.groups === null
        ? null
        : groupsOf({
            tags: rollout.groups,
            instances,
            facts: fleet.facts,
            drained: (await balancer?.drained()) ?? [],
            release,
            retiring: wouldRetire(unended, release),
          }),
    out,
    whole: isWhole(context),
    before: wouldGoBackTo(unended),
  };
}

function sizeOf({ archive }: ReleaseInfo): PlanInput['size'] {
  if (archive === null) return null;
  const unpacked = Object.values(archive.files).reduce((sum, { size }) => sum + size, 0);
  return { packed: archive.size, unpacked };
}
