/** Plays whole deploys through the decisions of src/deploy: random fleets, failures and stops. */
import fc from 'fast-check';
import { decide, type Action, type Halt, type Performed } from '../../src/deploy/decide.ts';
import type { Plan } from '../../src/deploy/plan.ts';

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
      prune: [],
    })),
    unchanged: [],
    batches: Array.from({ length: Math.ceil(count / batch) }, (_, at) =>
      names.slice(at * batch, (at + 1) * batch),
    ),
    hooks: { prepare: false, once: false, after: false },
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
  const performed: Performed[] = [];
  const waves: string[] = [];
  for (let steps = 0; steps < 1000; steps += 1) {
    const decision = decide(of, performed, halts(steps));
    if ('end' in decision) return { end: decision.end, reasons: decision.reasons, performed, waves };
    waves.push(decision.act.map((action) => `${action.kind} ${action.instance}`).join(', '));
    for (const action of decision.act)
      performed.push({
        ...action,
        result: fails(action) ? 'failed' : 'ok',
        reason: fails(action) ? 'broken' : null,
      });
  }
  throw new Error('it does not end');
}

/** Throws with the seed when a run leaves an instance in between. */
export function checkDecisions({ runs, seed }: SoakOptions): void {
  const kinds = ['stage', 'prepare', 'once', 'drain', 'activate', 'gate', 'ready', 'after'] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 7 })), { maxLength: 3 }),
      fc.option(fc.tuple(fc.nat(40), fc.constantFrom<NonNullable<Halt>[]>('signal', 'deadline', 'lease')), {
        nil: null,
      }),
      (count, batch, balanced, hooks, broken, stop) => {
        const of = plan(count, { batch, balanced, hooks: { prepare: hooks, once: hooks, after: hooks } });
        const fails = (action: Action): boolean =>
          broken.some(([kind, at]) => action.kind === kind && action.instance === `web-${at}`);
        const { end, performed } = play(of, fails, (steps) => (stop && steps >= stop[0] ? stop[1] : null));
        const result = (kind: string, name: string): string | undefined =>
          performed.find((item) => item.kind === kind && item.instance === name)?.result;
        let out = 0;
        let down = new Set<string>();
        for (const item of performed) {
          if (item.kind === 'drain' || item.kind === 'redrain') down = new Set([...down, item.instance]);
          if (['ready', 'undrain', 'reready'].includes(item.kind) && item.result === 'ok')
            down = new Set([...down].filter((name) => name !== item.instance));
          out = Math.max(out, down.size);
        }
        for (const { instance } of of.tracks) {
          const isNew = result('gate', instance) === 'ok' && result('restore', instance) === undefined;
          const isOld = result('activate', instance) === undefined || result('restore', instance) === 'ok';
          if (!isNew && !isOld) return false;
          if (end === 'done' && !isNew) return false;
          if ((end === 'reverted' || end === 'failed') && !isOld) return false;
        }
        // Nobody is left out of the traffic, and at most a batch and the one on its way back were out at once.
        return down.size === 0 && out <= batch + 1;
      },
    ),
    { numRuns: runs, verbose: true, ...(seed === undefined ? {} : { seed }) },
  );
}
