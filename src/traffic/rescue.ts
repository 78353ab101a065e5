/** What is written over a traffic state that nobody can read. */
import type { Clock, Store } from '../ports/ports.ts';
import { canaryPublic } from '../store-keys.ts';
import { publicRecord, salvaged } from './record.ts';
import { liveRouters } from './routers.ts';
import { withMarks, type Note, type TrafficState } from './state.ts';

/** The same without a canary: what the record said of it is not known. */
export const outOf = (state: TrafficState): TrafficState =>
  withMarks({ ...state, enabled: false, begun: true, weight: 0 }, state.marks);

/**
 * The state as a history that is younger than every one that somebody follows, so that it wins. Whoever is drained stays
 * drained, as the record and the routers say it: a deploy may be at work there.
 */
export async function rescued(
  app: string,
  text: string,
  state: TrafficState,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<TrafficState> {
  const { leases } = await liveRouters(app, store);
  const told = publicRecord.parse((await store.get(canaryPublic(app))) ?? '');
  const known = [state.epoch, ...leases.map((lease) => lease.epoch), ...(told.ok ? [told.value.epoch] : [])];
  // One at the end of time cannot be outdone, and no router of ours has begun it.
  const epochs = known.filter((epoch) => epoch < 8.64e15);
  const found = salvaged(text);
  const note = (by: string): Note => ({ since: clock.now(), by });
  const applied = leases.flatMap(({ id, drained }) => drained.map((name) => [name, note(id)] as const));
  const drained = { ...Object.fromEntries(applied), ...found.drained, ...state.drained };
  const maintenance = state.maintenance ?? found.maintenance;
  const epoch = Math.max(clock.now(), Math.max(0, ...epochs) + 1);
  return withMarks({ ...state, epoch, version: 1, drained, maintenance }, state.marks);
}
