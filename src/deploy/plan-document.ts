/**
 * A plan as a document: what each instance goes through, and the facts it was made from. It names actions, instances and
 * releases; no command stands in it, and what is read back is checked like user input. Pure.
 */
import * as v from 'valibot';
import { defineRecord, readBy } from '../record/record.ts';
import { byName, flag, is, like, list, nullable, object, ruled, since } from '../record/fields.ts';
import { actionsOf } from './decide/actions-of.ts';
import type { Draft } from './context/deploy-context.ts';
import type { InstanceFacts } from './model/facts.ts';
import { healthyReleases } from './model/ways-back.ts';
import type { Plan } from './model/plan.ts';
import { planSchema, releaseId, word, wrongPlan } from './plan/plan-shape.ts';
import { isWord } from './model/word.ts';
import { lookUp } from '../shared/look-up.ts';

export interface PlanDocument {
  /** The version of this form. */
  readonly canopyPlan: 1;
  readonly app: string;
  readonly environment: string;
  readonly release: string;
  /** sha256 of the artifact. */
  readonly artifact: string;
  readonly facts: Readonly<Record<string, FactsThen>>;
  readonly plan: Plan;
  /** In the good case: what is done at the same time stands in one list. */
  readonly actions: readonly (readonly string[])[];
}

/** Of the facts, what a plan depends on. */
interface FactsThen {
  readonly current: string | null;
  readonly running: boolean;
  readonly releases: readonly string[];
  /** In the order in which they are gone back to. */
  readonly healthy: readonly string[];
  /** What Canopy did not deploy. */
  readonly foreign: readonly string[];
}

export const documentOf = (
  of: Pick<PlanDocument, 'app' | 'environment' | 'release' | 'artifact'>,
  { plan, fleet }: Pick<Draft, 'plan'> & { readonly fleet: Pick<Draft['fleet'], 'facts'> },
): PlanDocument => ({
  canopyPlan: 1,
  app: of.app,
  environment: of.environment,
  release: of.release,
  artifact: of.artifact,
  facts: Object.fromEntries(
    Object.entries(fleet.facts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, facts]) => [name, thenOf(facts)]),
  ),
  plan,
  actions: actionsOf(plan),
});

const thenOf = (facts: InstanceFacts): FactsThen => ({
  current: facts.current,
  running: facts.running,
  releases: facts.releases.map(({ id }) => id).sort(),
  healthy: healthyReleases(facts),
  foreign: facts.foreign.map(({ id }) => id),
});

const ids = list(releaseId, 100_000);

export const planRecord = defineRecord<PlanDocument>({
  name: 'the plan of a deploy',
  version: ['canopyPlan', 1],
  schema: ruled(
    v.pipe(
      object({
        app: word,
        environment: word,
        release: releaseId,
        artifact: like(/^[0-9a-f]{64}$/, 'is no sha256'),
        facts: byName(
          isWord,
          object({
            current: nullable(releaseId),
            running: flag,
            releases: ids,
            healthy: ids,
            foreign: since<string[]>(ids, []),
          }),
          100_000,
        ),
        plan: planSchema,
        actions: is<PlanDocument['actions']>(Array.isArray, 'is no list'),
      }),
      v.transform((rest) => ({ canopyPlan: 1 as const, ...rest })),
    ),
    ({ plan, environment, release, actions }) => {
      const wrong = wrongPlan(plan, { environment, release });
      if (wrong !== null) return wrong;
      // Derived anew: what a person read there is what is done.
      return JSON.stringify(actions) === JSON.stringify(actionsOf(plan))
        ? null
        : 'has actions that are not those of its plan';
    },
  ),
  longest: 100_000_000,
});

/** The document, or why the text is none. */
export function readDocument(text: string): PlanDocument | { readonly wrong: string } {
  const parsed = planRecord.parse(text);
  return parsed.ok ? parsed.value : { wrong: parsed.reason };
}

/** As it stands in a file, for people too. */
export const documentText = (document: PlanDocument): string =>
  `${JSON.stringify(JSON.parse(planRecord.format(document)), null, 2)}\n`;

/** What has changed between two documents, in words; nothing when the second does what the first says. */
export function differences(then: PlanDocument, now: PlanDocument): string[] {
  const found: string[] = [];
  for (const key of ['app', 'environment', 'release', 'artifact'] as const)
    if (then[key] !== now[key]) found.push(`${key} was ${then[key]}, is ${now[key]}`);
  for (const name of new Set([...Object.keys(then.facts), ...Object.keys(now.facts)])) {
    const [old, present] = [lookUp(then.facts, name), lookUp(now.facts, name)];
    if (!old || !present) found.push(`${name} ${old ? 'is no longer asked' : 'is new'}`);
    else found.push(...factsBetween(name, old, present));
  }
  if (found.length > 0) return found;
  // Its keys in the order in which they are read.
  const read = readBy(planSchema, now.plan);
  const plan = read.ok ? read.value : now.plan;
  const keys = Object.keys(plan) as (keyof Plan)[];
  return keys
    .filter((key) => JSON.stringify(then.plan[key]) !== JSON.stringify(plan[key]))
    .map((key) => `${key} is another by canopy.yml, the balancer, the gates or the options`);
}

function factsBetween(name: string, then: FactsThen, now: FactsThen): string[] {
  const said = (value: unknown): string =>
    Array.isArray(value) ? value.join(' ') || 'none' : String(value ?? 'nothing');
  return (['current', 'running', 'releases', 'healthy', 'foreign'] as const)
    .filter((key) => said(then[key]) !== said(now[key]))
    .map((key) => `${name}: ${key} was ${said(then[key])}, is ${said(now[key])}`);
}
