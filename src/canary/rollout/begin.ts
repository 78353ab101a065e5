/** Where an analysis begins, or goes on. */
import { fail } from '../../errors.ts';
import type { Log, Store } from '../../ports/ports.ts';
import { read, type TrafficState } from '../../traffic/index.ts';
import { stepOf, type CanaryStep } from './ramp.ts';
import { readRollout, type CanaryRollout } from './rollout.ts';
import type { CanarySetting } from './setting.ts';

/**
 * The traffic state with a canary in it. Throws `canary-absent`, and `superseded` when it is of another `release` than the caller's (a
 * verdict about that one would be taken for one about its own), or when another run has ended it.
 */
export async function present(
  { config, log }: CanarySetting,
  store: Store,
  release: string | null,
): Promise<TrafficState> {
  const state = await read(config.app, store);
  const rollout = release === null ? null : await rolloutIn(state, { app: config.app, store, log });
  // Null for what nobody has noted.
  const runs = rollout?.release || null;
  if (isOn(state)) {
    if (runs === null || runs === release) return state;
    throw superseded(config, `it runs ${runs} now, not ${release}`);
  }
  // What was judged and failed is nobody else's doing.
  if (runs === null || rollout?.outcome === 'fail') throw fail('canary-absent', { what: 'analyse' });
  throw superseded(config, 'another run has promoted or stopped its canary');
}

/** One that was switched on by a weight alone is nobody's rollout. */
const isOn = (state: TrafficState | null): state is TrafficState =>
  state?.enabled === true && state.salt !== '';

const rolloutIn = async (
  state: TrafficState | null,
  { app, ...ports }: { readonly app: string; readonly store: Store; readonly log: Log },
): Promise<CanaryRollout | null> => (state?.salt ? readRollout(app, state.salt, ports) : null);

const superseded = ({ traffic }: CanarySetting['config'], reason: string): Error =>
  fail('superseded', { environment: traffic?.canary ?? '', reason });

/** The one that was begun, when it is of this canary and of these steps; what was learned of this canary is kept anyway. */
export async function rolloutOf(
  { config, open, log }: CanarySetting,
  state: TrafficState,
  steps: readonly CanaryStep[],
  store: Store,
): Promise<CanaryRollout> {
  const now = open.clock.now();
  const names = steps.map(({ weight, forMs }) => `${weight}%/${forMs}`).join(' ');
  const found = await readRollout(config.app, state.salt, { store, log });
  if (found !== null && found.analysis !== null && found.steps === names && now >= found.stepAt) {
    log.info(`goes on with the analysis of step ${found.step + 1} of ${steps.length}`);
    return { ...found, outcome: null };
  }
  const known = found ?? { salt: state.salt, release: '', startedAt: now, before: null, analysis: null };
  const step = stepOf(steps, state.weight);
  return { ...known, steps: names, step, stepAt: now, outcome: null, gates: null };
}
