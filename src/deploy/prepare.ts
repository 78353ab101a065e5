/** What a deploy would do: facts, plan, and what stands against it. Changes nothing. */
import { failAll } from '../errors.ts';
import { deployKey } from '../store-keys.ts';
import { engineObjections } from './model/service/engine.ts';
import { runsProven } from './model/facts.ts';
import { groupsOf } from './plan/groups.ts';
import { askBefore } from './gate/before.ts';
import { outOf } from './perform/guard.ts';
import { lookAtAll } from './gate/look.ts';
import { notProven } from './report/not-proven.ts';
import { gatherFacts, type ConnectedFleet } from './servers/gather-facts.ts';
import { askElsewhere } from './context/once-elsewhere.ts';
import { ownerRemarks } from './model/owner.ts';
import { foreignRemarks, layoutObjections } from './plan/foreign-files.ts';
import { makePlan, objections } from './plan/plan.ts';
import { trackOf, type Plan, type PlanInput } from './model/plan.ts';
import type { DeployPorts } from './context/ports.ts';
import { isWhole, type Draft, type Drafted } from './context/request.ts';
import { refuseBlocked, refuseLeftMixed } from './refuse-blocked.ts';
import { planRulesOf } from './context/plan-rules.ts';
import { unfinishedAt, wouldGoBackTo, wouldRetire } from './journal/unfinished.ts';
import { serviceObjections, serviceRemarks } from './plan/service-change.ts';
import { unitObjections, unitRemarks } from './model/unit.ts';
import { userOf } from '../shared/system/user-of.ts';
import { placeRemarks } from '../config/rules/places.ts';

/** Throws everything that stands against it at once. */
export async function draft(request: Drafted, ports: DeployPorts): Promise<Draft> {
  const { environment, instances, balancer, config } = request;
  await refuseBlocked(request, ports);
  // The archive is looked into while the servers tell their facts.
  const [fleet] = await Promise.all([
    gatherFacts(instances, ports, config.ssh.concurrency, true),
    request.sound,
  ]);
  await refuseLeftMixed(request, fleet.facts, ports);
  const known = await planInput(request, fleet, ports);
  const asked = leftAlone(makePlan(known), fleet, known.groups?.[0] ?? null);
  const { healthy, sick } = await lookAtAll(
    instances.filter(({ name }) => asked.includes(name)),
    known.release,
    fleet,
    { ...ports, limit: config.ssh.concurrency, isEarlier: request.shipped.archive === null },
  );
  const input = { ...known, sick: [...sick.keys()] };
  const plan = makePlan(input);
  const changing = instances.filter(({ name }) => trackOf(plan, name) !== undefined);
  const { concurrency: limit } = config.ssh;
  const before = await askBefore({ instances: changing, plan, fleet, http: ports.http, limit });
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
export function tellDraft({ plan, healthy, sick, fleet, remarks }: Draft, log: DeployPorts['log']): void {
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

async function planInput(request: Drafted, fleet: ConnectedFleet, ports: DeployPorts): Promise<PlanInput> {
  const { environment, instances, balancer } = request;
  const { rollout } = environment;
  const out = balancer === null ? [] : await outOf(balancer, environment);
  const unended = await unfinishedAt(deployKey(request.config.app, environment.name), ports.store);
  return {
    ...planRulesOf(environment, request),
    release: request.shipped.release,
    size: request.size,
    instances: instances.map((own) => ({
      name: own.name,
      keep: own.keep,
      path: own.path,
      user: userOf(own),
    })),
    facts: { ...(await askElsewhere(request, fleet, ports)), ...fleet.facts },
    balanced: balancer !== null,
    groups:
      rollout.groups === null
        ? null
        : groupsOf({
            tags: rollout.groups,
            instances,
            facts: fleet.facts,
            drained: (await balancer?.drained()) ?? [],
            release: request.shipped.release,
            retiring: wouldRetire(unended, request.shipped.release),
          }),
    out,
    whole: isWhole(request),
    before: wouldGoBackTo(unended),
  };
}
