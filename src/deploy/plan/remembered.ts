/** A deploy that only its servers remember: which one was the last, and its plan, derived anew. Pure. */
import type { FactsByInstance, InstanceFacts } from '../model/facts.ts';
import type { Noted } from '../model/noted.ts';
import { makePlan } from './plan.ts';
import type { Plan, PlanInput } from '../model/plan.ts';

/** The same for all its instances. */
export interface Remembered extends Pick<
  Noted,
  'deploy' | 'order' | 'whole' | 'brings' | 'token' | 'environment'
> {
  /** It has ended so, and nobody has taken it up since. */
  readonly mixed: boolean;
  /** By instance; one that has noted nothing of it was not begun. */
  readonly noted: Readonly<Record<string, Noted>>;
}

/** Two servers that cannot both be right: in words. */
export interface Unclear {
  readonly unclear: string;
}

/** The deploy of that environment with the newest token, or the one that is meant; null when the servers know none. */
export function lastOn(
  facts: FactsByInstance,
  environment: string,
  id: string | null = null,
): Remembered | Unclear | null {
  const all = Object.entries(facts).flatMap(([name, { noted }]) =>
    noted?.environment === environment && (id === null || noted.deploy === id)
      ? [[name, noted] as const]
      : [],
  );
  const [newest, ...others] = [...all].sort(([, a], [, b]) => b.token - a.token);
  if (newest === undefined) return null;
  const [first, { deploy, order, brings, token }] = newest;
  const rival = others.find(([, one]) => one.token === token && one.deploy !== deploy);
  if (rival)
    return { unclear: `${first} has noted ${deploy} as the last one, ${rival[0]} ${rival[1].deploy}` };
  const own = all.filter(([, one]) => one.deploy === deploy);
  const liar = own.find(([, one]) => one.brings !== brings || one.order !== order);
  if (liar)
    return {
      unclear: `of ${deploy}, ${first} has noted a ${order} to ${brings}, ${liar[0]} a ${liar[1].order} to ${liar[1].brings}`,
    };
  const whole = own.every(([, one]) => one.whole);
  // Whoever has taken it up had a newer token, and has not come to every server.
  const mixed = own.some(([, one]) => one.mixed && one.token === token);
  return { deploy, environment, order, whole, brings, token, mixed, noted: Object.fromEntries(own) };
}

/** `groups`: of a blue-green environment, in the order of canopy.yml. */
export type AgainInput = Omit<PlanInput, 'groups' | 'release' | 'before' | 'out' | 'sick' | 'whole'> & {
  readonly groups: readonly [readonly string[], readonly string[]] | null;
};

/** Its plan, as it was made from what the servers were like before it. */
export function planAgain({ noted, brings, whole }: Remembered, input: AgainInput): Plan | Unclear {
  const groups = input.groups === null ? null : sidesOf(input.groups, noted, input.facts);
  if (groups !== null && 'unclear' in groups) return groups;
  const isMeant = (name: string): boolean => Object.hasOwn(noted, name);
  const plan = makePlan({
    ...input,
    release: brings,
    whole,
    groups,
    instances:
      whole || groups !== null ? input.instances : input.instances.filter(({ name }) => isMeant(name)),
    facts: Object.fromEntries(
      Object.entries(input.facts).map(([name, own]) => [name, before(own, noted[name])]),
    ),
    // They were deployed to, though they ran it.
    sick: [...Object.keys(noted), ...(groups?.[0] ?? [])],
  });
  const tracks = plan.tracks.map((track) => {
    const own = noted[track.instance];
    if (own === undefined) return track;
    const { astray: _, stopped: __, back: ___, ...rest } = track;
    const warm = groups !== null && own.previous === brings && !own.begun.includes('activate');
    return {
      ...rest,
      ...{ previous: own.previous, warm },
      ...(own.stopped ? { stopped: true } : {}),
      ...(own.back ? { back: true } : {}),
    };
  });
  return { ...plan, tracks };
}

/** What it was like before the deploy. */
const before = (facts: InstanceFacts, noted: Noted | undefined): InstanceFacts =>
  noted === undefined
    ? facts
    : { ...facts, current: noted.previous, running: noted.previous !== null && !noted.stopped };

/** The group that was deployed to is the one that waited; the other one is told to stop at the most. */
function sidesOf(
  [first, second]: readonly [readonly string[], readonly string[]],
  noted: Remembered['noted'],
  facts: FactsByInstance,
): readonly [live: readonly string[], idle: readonly string[]] | Unclear {
  const isDeployedTo = (name: string): boolean => noted[name]?.begun.some((kind) => kind !== 'cool') ?? false;
  const isStopped = (name: string): boolean => noted[name]?.begun.includes('cool') ?? false;
  const [one, other] = [first, second].map((names) => names.some(isDeployedTo));
  if (one === true && other === true)
    return { unclear: 'instances of both groups have noted that they were deployed to' };
  const isFirstIdle = one === true || (other !== true && second.some(isStopped));
  const [live, idle] = isFirstIdle ? [second, first] : [first, second];
  // At the first deploy nobody serves.
  return [live.some((name) => facts[name]?.current) ? live : [], idle];
}

/** Whether nothing of it is left to be done: one of them was told so, or all have come to their end. */
export const isOver = (plan: Plan, { noted }: Remembered, facts: FactsByInstance): boolean =>
  Object.values(noted).some(({ over }) => over) || isWhole(plan, noted, facts);

const isWhole = (plan: Plan, noted: Remembered['noted'], facts: FactsByInstance): boolean =>
  plan.tracks.every(({ instance }) => {
    const own = facts[instance];
    return noted[instance]?.done.includes('finish') === true && own?.current === plan.release && own.running;
  }) && plan.retire.every((name) => noted[name]?.done.includes('cool') === true);
