/** Writes what this router has counted into the store, again and again. */
import { isCanopyError } from '../../errors.ts';
import { between, countsRecord, type ArmCounts } from '../../judge/index.ts';
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { readBy } from '../../record/record.ts';
import { COUNTED_MS, tellCounted } from '../../traffic/index.ts';
import { every, TooLate, withTimeout } from '../../shared/time.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { isUsable } from '../fleet/fleet-member.ts';
import { spacedSamples } from '../stats/recent.ts';
import { tallyOf } from '../stats/tally.ts';

interface CounterPublisher {
  readonly app: string;
  readonly id: string;
  readonly fleet: Fleet;
  readonly store: Store | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** What stable did so long before a canary is what the judge begins with; to within half a minute. */
const LATELY = { windowMs: 600_000, gapMs: 30_000 };

interface CounterSample {
  readonly at: number;
  readonly stable: ArmCounts;
}

/** A store that is away loses nothing: the counts only grow, and the next ones hold these. */
export async function publishCounters(
  { app, id, fleet, store, clock, log }: CounterPublisher,
  signal: AbortSignal,
): Promise<void> {
  if (store === null) return;
  let turns = 0;
  let odd = false;
  let serving: string | null = null;
  let samples: readonly CounterSample[] = [];
  const publish = async (): Promise<void> => {
    const canary = fleet.arm('canary');
    const now = names(fleet);
    const turned = serving !== null && now !== serving;
    if (turned) turns += 1;
    serving = now;
    // Also without a canary: the watch asks how many requests there are, and how many fail.
    const arms = { stable: tallyOf(fleet.arm('stable')), canary: tallyOf(canary) };
    // Other instances of stable may be another release, which says nothing of this one.
    samples = spacedSamples(turned ? [] : samples, { at: clock.now(), stable: arms.stable }, LATELY);
    const lately = between(samples[0]?.stable ?? arms.stable, arms.stable);
    const [stable, own] = [fitting(arms.stable), fitting(arms.canary)];
    if (stable !== null && own !== null) {
      // An instance that has gone has taken its counts along: then what was lately is not known.
      const counted = { id, turns, stable, canary: own, before: fitting(lately) };
      // The lease says already that the store does not answer.
      await withTimeout(tellCounted(app, store, counted), COUNTED_MS).catch(unlessAway);
    } else if (!odd) log.warn('what this router has counted cannot be right: no canary is judged by it');
    odd = stable === null || own === null;
  };
  await every(clock, COUNTED_MS, publish, signal);
}

/** A store that does not answer is no news here; a defect is. */
function unlessAway(error: unknown): void {
  if (!(error instanceof TooLate) && !isCanopyError(error)) throw error;
}

/** As the judge reads it; null: it would not. */
function fitting(counts: ArmCounts): ArmCounts | null {
  const read = readBy(countsRecord.schema, counts);
  return read.ok ? read.value : null;
}

const names = (fleet: Fleet): string =>
  fleet
    .arm('stable')
    .filter(isUsable)
    .map(({ name }) => name)
    .sort()
    .join(' ');
