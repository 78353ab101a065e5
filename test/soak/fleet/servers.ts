/** The servers and the balancer of a simulated fleet, for the real loop: they do to the world what they are told to. */
import { fail } from '../../../src/errors.ts';
import type { Action } from '../../../src/deploy/model/actions.ts';
import type { Balancer, Host, HttpAnswer, Ran } from '../../../src/ports/ports.ts';
import { showDuration } from '../../../src/shared/text/units.ts';
import type { FakeClock } from '../../fakes/clock.ts';
import type { Fate, Show } from './play.ts';
import type { World } from './world.ts';

export interface Ground {
  readonly show: Show;
  readonly world: World;
  readonly clock: FakeClock;
  /** What the journal says is being done to an instance. */
  readonly doing: (instance: string) => Action;
  /** Tells the world that it begins. */
  readonly begin: (action: Action) => void;
}

const done: Ran = { code: 0, stdout: '', stderr: '' };

export function hostOf(ground: Ground, name: string): Host {
  const { show, world, clock } = ground;
  const alive = (): boolean => world.boxes.get(name)?.alive === true;
  const gates = new Map<string, { readonly fate: Fate; readonly from: number }>();
  return {
    async run({ title, timeoutMs = 120_000, effect }) {
      // At the end, when nothing is done any more.
      if (/^note that .* (is over|was left mixed)$/.test(title)) return done;
      // By which check an earlier release is judged: none is kept.
      if (effect === 'read' && alive()) return { ...done, code: 1 };
      if (effect === 'read') throw fail('command-timeout', { title, limit: showDuration(timeoutMs) });
      const action: Action =
        effect === 'check' ? { kind: 'collect', instance: name, release: '' } : ground.doing(name);
      ground.begin(action);
      const { ms, ok } = show.fate(action);
      await clock.sleep(Math.min(ms, timeoutMs));
      const well = ok && alive() && ms < timeoutMs;
      world.end({ ...action, result: well ? 'ok' : 'failed', reason: null });
      if (!alive() || ms >= timeoutMs)
        throw fail('command-timeout', { title, limit: showDuration(timeoutMs) });
      return well ? done : { ...done, code: 1, stderr: 'broken' };
    },
    async get() {
      const action = ground.doing(name);
      const known = gates.get(action.kind);
      const gate = known ?? { fate: show.fate(action), from: clock.now() };
      gates.set(action.kind, gate);
      if (!known) {
        ground.begin(action);
        // It will never answer: nobody hears of that but by waiting.
        if (!gate.fate.ok) world.end({ ...action, result: 'failed', reason: null });
      }
      await clock.sleep(5);
      if (!alive()) return { status: 0, headers: {}, body: 'no route' } satisfies HttpAnswer;
      if (!gate.fate.ok || clock.now() - gate.from < gate.fate.ms)
        return { status: 503, headers: {}, body: 'starting' } satisfies HttpAnswer;
      world.end({ ...action, result: 'ok', reason: null });
      const release = world.boxes.get(name)?.current ?? '';
      return { status: 200, headers: { 'x-release': release }, body: '' } satisfies HttpAnswer;
    },
    connects: async () => alive(),
    exchange: () => Promise.reject(new Error('not asked')),
  };
}

export function balancerOf(ground: Ground): Balancer {
  const { show, world, clock } = ground;
  const out = (): string[] => [...world.boxes].flatMap(([name, { serves }]) => (serves ? [] : [name]));
  const move = async (name: string, timeoutMs: number, needs: boolean): Promise<void> => {
    const action = ground.doing(name);
    ground.begin(action);
    const { ms, ok } = show.fate(action);
    await clock.sleep(Math.min(ms, timeoutMs));
    const box = world.boxes.get(name);
    const well = ok && (!needs || box?.alive === true);
    world.end({ ...action, result: well ? 'ok' : 'failed', reason: null });
    if (!well) throw fail('command-timeout', { title: action.kind, limit: showDuration(timeoutMs) });
  };
  return {
    check: async () => undefined,
    drained: async () => out(),
    drain: async (name, timeoutMs) => {
      await move(name, timeoutMs, false);
      return { cut: 0 };
    },
    ready: (name, timeoutMs) => move(name, timeoutMs, true),
    load: async () => ({
      instances: [...world.boxes].map(([name, { alive, running, serves }]) => ({
        name,
        healthy: alive && running,
        drained: !serves,
        requestsPerSecond: 0,
      })),
      canaryShare: 0,
    }),
    reconcile: async () => undefined,
    settle: async () => [],
  };
}
