/** Where an analysis begins, or goes on. */
import { fail } from '../../errors.ts';
import type { Store } from '../../ports/ports.ts';
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
  // One that was switched on by a weight alone is nobody's rollout.
  const isOn = state?.enabled === true && state.salt !== '';
  const rollout =
    release !== null && state?.salt ? await readRollout(config.app, state.salt, { store, log }) : null;
  const runs = rollout?.release ?? null;
  if (isOn && (!runs || runs === release)) return state;
  // What was judged and failed is nobody else's doing.
  if (!runs || (!isOn && rollout?.outcome === 'fail')) throw fail('canary-absent', { what: 'analyse' });
  throw fail('superseded', {
    environment: config.traffic?.canary ?? '',
    reason: isOn ? `it runs ${runs} now, not ${release}` : 'another run has promoted or stopped its canary',
  });
}

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
  const begun = {
    salt: state.salt,
    release: found?.release ?? '',
    startedAt: found?.startedAt ?? now,
    before: found?.before ?? null,
  };
  return {
    ...begun,
    steps: names,
    step: stepOf(steps, state.weight),
    stepAt: now,
    outcome: null,
    gates: null,
    analysis: found?.analysis ?? null,
  };
}
