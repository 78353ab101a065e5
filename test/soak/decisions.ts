/** Plays whole deploys through the decisions of src/deploy: random fleets, failures and stops. */
import fc from 'fast-check';
import type { Action, ActionKind, Halt } from '../../src/deploy/model/actions.ts';
import { batchesOf } from '../../src/deploy/strategies/batches.ts';
import { decide } from '../../src/deploy/decide/decide.ts';
import type { Plan } from '../../src/deploy/model/plan.ts';
import { DeployProgress } from '../../src/deploy/model/progress.ts';
import { play as run, type Show } from './fleet/play.ts';
import { judge } from './fleet/verdict.ts';

export interface SoakOptions {
  readonly runs: number;
  readonly seed?: number;
}

export const plan = (
  count: number,
  over: Partial<Plan> & { batch?: number; previous?: string | null } = {},
): Plan => {
  const names = Array.from({ length: count }, (_, at) => `web-${at + 1}`);
  const batch = over.batch ?? 1;
  return {
    environment: 'production',
    release: 'new',
    tracks: names.map((instance) => ({
      instance,
      previous: over.previous === undefined ? 'old' : over.previous,
      send: true,
      warm: false,
      prune: [],
    })),
    strategy: 'rolling',
    unchanged: [],
    retire: [],
    maxFailures: 0,
    batches: Array.from({ length: Math.ceil(count / batch) }, (_, at) =>
      names.slice(at * batch, (at + 1) * batch),
    ),
    hooks: { prepare: false, once: false, after: false, failure: false },
    balanced: true,
    onFailure: 'revert',
    ...over,
  };
};

/** Plays a deploy through; `fails` says which actions fail, `halts` when what stops it. */
export function play(
  of: Plan,
  fails: (action: Action) => boolean,
  halts: (steps: number) => Halt = () => null,
) {
  const progress = new DeployProgress();
  const waves: string[] = [];
  for (let steps = 0; steps < 1000; steps += 1) {
    const decision = decide(of, progress, halts(steps));
    if ('end' in decision)
      return { end: decision.end, reasons: decision.reasons, performed: progress.records, waves };
    waves.push(decision.act.map((action) => `${action.kind} ${action.instance}`).join(', '));
    for (const action of decision.act)
      progress.note({
        ...action,
        result: fails(action) ? 'failed' : 'ok',
        reason: fails(action) ? 'broken' : null,
      });
  }
  throw new Error('it does not end');
}

const forward = [
  'stage',
  'prepare',
  'once',
  'drain',
  'activate',
  'gate',
  'ready',
  'after',
  'retire',
] as const;
const backward = ['undrain', 'redrain', 'restore', 'regate', 'reready', 'recall'] as const;
const name = fc.integer({ min: 1, max: 8 }).map((at) => `web-${at}`);
const broken = (kinds: readonly [ActionKind, ...ActionKind[]], maxLength: number) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), name), { maxLength });

const cases = fc.record({
  count: fc.integer({ min: 1, max: 8 }),
  shares: fc.array(
    fc.integer({ min: 1, max: 4 }).map((count) => ({ count })),
    { minLength: 1, maxLength: 3 },
  ),
  limit: fc.integer({ min: 1, max: 4 }),
  strategy: fc.constantFrom('rolling', 'rolling', 'all-at-once', 'blue-green'),
  /** Blue-green: how many serve before, and whether the others run the release already. */
  live: fc.nat(3),
  warm: fc.boolean(),
  previous: fc.constantFrom('old', 'old', null),
  balanced: fc.boolean(),
  hooks: fc.boolean(),
  maxFailures: fc.nat(3),
  onFailure: fc.constantFrom('revert', 'continue', 'freeze'),
  broken: broken(forward, 3),
  brokenBack: broken(backward, 2),
  tookEffect: fc.boolean(),
  deaths: fc.array(fc.record({ at: fc.nat(60), instance: name }), { maxLength: 1 }),
  stops: fc.array(
    fc.record({
      at: fc.nat(60),
      halt: fc.constantFrom<NonNullable<Halt>>('lost', 'deadline', 'lease', 'signal'),
    }),
    { maxLength: 1 },
  ),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** Small fleets, so that what breaks a rule shrinks to a few steps. Throws with the seed. */
export function checkDecisions({ runs, seed }: SoakOptions): void {
  fc.assert(
    fc.property(cases, (given) => {
      const show = showOf(given);
      judge(show.plan, run(show));
    }),
    { numRuns: runs, verbose: true, ...(seed === undefined ? {} : { seed }) },
  );
}

/** Every action takes one step of time. */
function showOf(given: Case): Show {
  const isSwitch = given.strategy === 'blue-green';
  const of = plan(given.count, {
    strategy: given.strategy,
    previous: given.previous,
    balanced: isSwitch || given.balanced,
    maxFailures: given.onFailure === 'freeze' ? 0 : given.maxFailures,
    onFailure: given.onFailure,
    hooks: { prepare: given.hooks, once: given.hooks, after: given.hooks, failure: given.hooks },
  });
  const names = of.tracks.map(({ instance }) => instance);
  const batches = given.strategy === 'rolling' ? batchesOf(names, given.shares, given.limit) : [names];
  const retire = isSwitch ? Array.from({ length: given.live }, (_, at) => `live-${at + 1}`) : [];
  const warm = isSwitch && given.warm;
  const current = warm ? of.release : given.previous;
  const fails = [...given.broken, ...given.brokenBack];
  return {
    plan: {
      ...of,
      batches,
      retire,
      tracks: of.tracks.map((track) => ({ ...track, previous: current, warm })),
    },
    starts: [
      ...names.map((each) => ({
        name: each,
        current,
        running: current !== null,
        serves: !isSwitch && current !== null,
      })),
      ...retire.map((each) => ({ name: each, current: 'old', running: true, serves: true })),
    ],
    limit: given.strategy === 'rolling' ? given.limit : given.count,
    pauseMs: 0,
    uploads: given.count,
    fate: ({ kind, instance }) => ({
      ms: 1,
      ok: !fails.some(([what, at]) => kind === what && instance.replace('live', 'web') === at),
    }),
    coin: () => given.tookEffect,
    deaths: given.deaths.filter(({ instance }) => names.includes(instance)),
    stops: given.stops,
  };
}
