/** Everything that acts by itself is stopped, and let go again, by a person. */
import { openAudit, type Actor } from '../audit/index.ts';
import type { Clock, Log, Store } from '../ports/ports.ts';
import { changeGuard, type Paused } from './state.ts';

interface PausePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** `changed`: nothing was paused before. */
export async function pauseAll(
  app: string,
  reason: string,
  actor: Actor,
  ports: PausePorts,
): Promise<{ readonly changed: boolean; readonly paused: Paused }> {
  const wanted = { by: actor.name, at: ports.clock.now(), reason };
  let changed = false;
  const { paused } = await changeGuard(app, ports.store, (state) => {
    changed = state.paused === null;
    return changed ? { ...state, paused: wanted } : state;
  });
  if (changed) await tell(app, 'pause', reason, actor, ports);
  return { changed, paused: paused ?? wanted };
}

/** What was paused; null: nothing was. */
export async function unpauseAll(
  app: string,
  reason: string,
  actor: Actor,
  ports: PausePorts,
): Promise<Paused | null> {
  let was: Paused | null = null;
  await changeGuard(app, ports.store, (state) => {
    was = state.paused;
    return state.paused === null ? state : { ...state, paused: null };
  });
  if (was !== null) await tell(app, 'unpause', reason, actor, ports);
  return was;
}

async function tell(
  app: string,
  action: string,
  reason: string,
  actor: Actor,
  ports: PausePorts,
): Promise<void> {
  const audit = openAudit({ app, actor }, ports);
  const about = { action, target: app, reasons: [reason] };
  await audit.outcome(await audit.intent(about), { ...about, outcome: 'done' });
}

/** Null: nothing is paused. */
export async function pausedNow(app: string, store: Store): Promise<Paused | null> {
  const { paused } = await changeGuard(app, store, (state) => state);
  return paused;
}
