/** Writes what this router has counted into the store, again and again. */
import { between, type ArmCounts } from '../../judge/index.ts';
import type { Clock, Store } from '../../ports.ts';
import { COUNTED_MS, tellCounted } from '../../traffic/index.ts';
import { bounded } from './bounded.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { isUsable } from '../fleet/fleet-member.ts';
import { spacedSamples } from './recent.ts';
import { tallyOf } from './tally.ts';

export interface Teller {
  readonly app: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly store: Store | null;
  readonly clock: Clock;
}

/** What stable did so long before a canary is what the judge begins with; to within half a minute. */
const LATELY = { windowMs: 600_000, gapMs: 30_000 };

interface Sample {
  readonly at: number;
  readonly stable: ArmCounts;
}

/** A store that is away loses nothing: the counts only grow, and the next ones hold these. */
export async function tellCounts(
  { app, id, fleet, store, clock }: Teller,
  signal: AbortSignal,
): Promise<void> {
  if (store === null) return;
  let turns = 0;
  let serving: string | null = null;
  let samples: readonly Sample[] = [];
  while (!signal.aborted) {
    const canary = fleet.arm('canary');
    const now = names(fleet);
    const turned = serving !== null && now !== serving;
    if (turned) turns += 1;
    serving = now;
    // Without a canary there is nothing to compare.
    if (canary.length > 0) {
      const arms = { stable: tallyOf(fleet.arm('stable')), canary: tallyOf(canary) };
      // Other instances of stable may be another release, which says nothing of this one.
      samples = spacedSamples(turned ? [] : samples, { at: clock.now(), stable: arms.stable }, LATELY);
      const before = between(samples[0]?.stable ?? arms.stable, arms.stable);
      // The lease says already that the store does not answer.
      await bounded(tellCounted(app, store, { id, turns, ...arms, before }), COUNTED_MS).catch(
        () => undefined,
      );
    }
    await clock.sleep(COUNTED_MS, signal);
  }
}

const names = (fleet: Fleet): string =>
  fleet
    .arm('stable')
    .filter(isUsable)
    .map(({ name }) => name)
    .sort()
    .join(' ');
