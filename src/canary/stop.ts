/** No requests for the canary until the next start. Unlike an alert it is nobody's to re-arm: the release was not wanted, or not judged. */
import { underLeases } from '../deploy/index.ts';
import type { Log, Store } from '../ports/ports.ts';
import { read, type TrafficState } from '../traffic/index.ts';
import { readRollout } from './rollout/rollout.ts';
import { apply, off, refuseUnable } from './rollout/run.ts';
import { sides } from './rollout/sides.ts';
import type { CanarySetting } from './rollout/setting.ts';

interface Stopped {
  readonly outcome: 'done' | 'unchanged';
  /** What the canary runs, as far as it is known. */
  readonly release: string | null;
  readonly text: string;
}

/** `release`: only while the canary runs that; another one is another run's. */
export async function stop(setting: CanarySetting, release: string | null, reason: string): Promise<Stopped> {
  const { canary, stable } = sides(setting);
  const { app } = setting.config;
  const ports = { store: await setting.open.store(), log: setting.log };
  // Looked at first without the lock: what is not ours to stop is not waited for.
  const before = unlike(await serving(app, ports), release);
  if (before !== null) return before;
  await refuseUnable(setting);
  return underLeases(setting, [canary], 'canary stop', async () => {
    const now = await serving(app, ports);
    const other = unlike(now, release);
    if (other !== null) return other;
    await apply(setting, `canary stop: ${reason}`, off);
    return {
      outcome: 'done',
      release: now.release,
      text: `the canary gets no requests: all go to ${stable}`,
    };
  });
}

interface ServedState {
  readonly state: TrafficState | null;
  readonly release: string | null;
}

async function serving(
  app: string,
  ports: { readonly store: Store; readonly log: Log },
): Promise<ServedState> {
  const state = await read(app, ports.store);
  const rollout = state?.enabled === true ? await readRollout(app, state.salt, ports) : null;
  return { state, release: rollout?.release || null };
}

/** Why there is nothing to stop; null when there is. */
function unlike({ state, release }: ServedState, wanted: string | null): Stopped | null {
  if (state?.enabled !== true) return { outcome: 'unchanged', release: null, text: 'no canary is on' };
  if (wanted === null || release === null || release === wanted) return null;
  return {
    outcome: 'unchanged',
    release,
    text: `the canary runs ${release}, not ${wanted}: it is left alone`,
  };
}
