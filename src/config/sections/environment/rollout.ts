/** `rollout`: how an environment gets a release. */
import * as v from 'valibot';
import { sizeOf, type Share } from '../../../shared/share.ts';
import { count, name, oneOf, percent, reading, share, shares } from '../../fields/fields.ts';
import { key, lasts, section, type SectionOf, type WrittenOf } from '../../fields/section.ts';

const minute = 60_000;

/** A third one would be overlooked. */
const groups = reading(
  (value) => (Array.isArray(value) && value.length > 2 ? null : value),
  v.tuple([name, name], 'must be the tags of two groups, like [blue, green]'),
);

export const rollout = section({
  strategy: key(oneOf(['rolling', 'blue-green', 'all-at-once']), 'rolling'),
  /** One after the other; the last one is repeated. */
  batch: key(shares, [{ count: 1 }]),
  /** Tags of the two groups of a blue-green environment. */
  groups: key(groups, null),
  /** How long the old group of a blue-green switch stays up. */
  keepWarm: lasts(10 * minute),
  /** Null: the largest batch. */
  maxUnavailable: key(share, null),
  healthyFor: lasts(10_000),
  pause: lasts(0),
  drain: lasts(30_000),
  deadline: lasts(10 * minute),
  /** So many instances may fail before the whole fleet goes back. */
  maxFailures: key(count, 0),
  onFailure: key(oneOf(['revert', 'freeze', 'continue']), 'revert'),
  /** Lost requests of the probe that the verdict allows; null: it only reports. */
  maxLost: key(count, null),
  /** Percent of the last minute's load that must stay free beside it. */
  margin: key(percent, 20),
  /** How long to wait until there is capacity enough to drain an instance. */
  capacityWait: lasts(minute),
});

type RolloutKeys = SectionOf<typeof rollout>;
export type Rollout = Omit<RolloutKeys, 'maxUnavailable'> & { readonly maxUnavailable: Share };

export function buildRollout(written: WrittenOf<typeof rollout>): Rollout {
  const found = rollout.fill(written);
  return {
    ...found,
    groups: found.strategy === 'blue-green' ? found.groups : null,
    maxUnavailable: found.maxUnavailable ?? largest(found.batch),
  };
}

/** A last share of everything means "the rest": it is not meant to be down at once. */
function largest(all: readonly Share[]): Share {
  const meant = all.length > 1 ? all.filter((one) => !('percent' in one && one.percent >= 100)) : all;
  return [...meant].sort((a, b) => sizeOf(b, 1000) - sizeOf(a, 1000))[0] ?? { count: 1 };
}
