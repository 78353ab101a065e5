import { expect } from 'chai';
import fc from 'fast-check';
import { decide, type Action, type Halt, type Performed } from '../../src/deploy/decide.ts';
import type { Plan } from '../../src/deploy/plan.ts';

const plan = (
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
function play(of: Plan, fails: (action: Action) => boolean, halts: (steps: number) => Halt = () => null) {
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

const never = (): boolean => false;

describe('decide', () => {
  it('goes instance by instance: drain, activate, gate, ready', () => {
    expect(play(plan(2), never)).to.deep.include({
      end: 'done',
      waves: [
        'stage web-1, stage web-2',
        'drain web-1',
        'activate web-1',
        'gate web-1',
        'ready web-1',
        'drain web-2',
        'activate web-2',
        'gate web-2',
        'ready web-2',
        'finish web-1, finish web-2',
      ],
    });
  });

  it('goes batch by batch, and without drain when nothing balances', () => {
    expect(play(plan(3, { batch: 2, balanced: false }), never).waves).to.deep.equal([
      'stage web-1, stage web-2, stage web-3',
      'activate web-1, activate web-2',
      'gate web-1, gate web-2',
      'activate web-3',
      'gate web-3',
      'finish web-1, finish web-2, finish web-3',
    ]);
  });

  it('runs prepare everywhere and once on the first, before anything is switched', () => {
    const waves = play(plan(2, { hooks: { prepare: true, once: true, after: true } }), never).waves;
    expect(waves.slice(0, 4)).to.deep.equal([
      'stage web-1, stage web-2',
      'prepare web-1, prepare web-2',
      'once web-1',
      'drain web-1',
    ]);
    expect(waves.filter((wave) => wave.startsWith('after'))).to.deep.equal(['after web-1', 'after web-2']);
  });

  it('puts the whole fleet back, the last one first, when one does not become healthy', () => {
    const { end, waves, reasons } = play(
      plan(3),
      (action) => action.kind === 'gate' && action.instance === 'web-2',
    );
    expect(end).to.equal('reverted');
    expect(reasons).to.deep.equal(['web-2: gate failed: broken']);
    expect(waves.slice(8)).to.deep.equal([
      'restore web-2',
      'regate web-2',
      'reready web-2',
      'redrain web-1',
      'restore web-1',
      'regate web-1',
      'reready web-1',
    ]);
  });

  it('touches nothing when a release cannot be sent everywhere', () => {
    const { end, waves } = play(plan(3), (action) => action.kind === 'stage' && action.instance === 'web-3');
    expect(end).to.equal('failed');
    expect(waves).to.have.length(1);
  });

  it('is mixed when the way back fails on one, and still brings the others back', () => {
    const { end, waves } = play(
      plan(2),
      (action) => (action.kind === 'gate' || action.kind === 'restore') && action.instance === 'web-2',
    );
    expect(end).to.equal('mixed');
    expect(waves.at(-1)).to.equal('reready web-1');
  });

  it('freezes an irreversible release as it is', () => {
    const { end, waves } = play(plan(2, { onFailure: 'freeze' }), (action) => action.kind === 'gate');
    expect(end).to.equal('frozen');
    expect(waves.at(-1)).to.equal('gate web-1');
  });

  it('stops the service when there is no earlier release to go back to', () => {
    expect(play(plan(1, { previous: null }), (action) => action.kind === 'gate').waves.at(-1)).to.equal(
      'restore web-1',
    );
  });

  it('finishes the instance it is on when it is told to stop, and begins no other', () => {
    const { end, waves } = play(plan(3), never, (steps) => (steps >= 2 ? 'signal' : null));
    expect(end).to.equal('aborted');
    expect(waves.at(-1)).to.equal('ready web-1');
  });

  it('ends as failed, with nothing switched, when the deadline passes while it sends', () => {
    expect(play(plan(2), never, (steps) => (steps >= 1 ? 'deadline' : null)).end).to.equal('failed');
  });

  it('never leaves an instance in between, whatever fails and whenever it is stopped (property)', () => {
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
      { numRuns: 2000, verbose: true },
    );
  });
});
